/** Writing a file that takes no room on the disk for its zeros, and no more than there is. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { CubicError, interrupted } from "../errors.ts";
import { formatSize } from "../size.ts";

/** What bounds a file whose size nobody knows before. */
export interface SparseLimits {
  /** The most bytes it may have, zeros included. */
  readonly maxSize: number;
  /** Bytes that must stay free on the file system. */
  readonly keepFree: number;
}

/** Zeros that fill such a piece of the file become a hole; file systems have blocks of 4 to 64 KiB. */
const PIECE = 16 * 1024;
/** Bytes between two looks at the free space. */
const LOOK_EVERY = 64 * 1024 * 1024;

/**
 * Writes the chunks into a new file; `label` names in errors what they come from.
 * @throws CubicError "image-corrupt" when they are more than `maxSize`, "disk-full", "interrupted".
 */
export async function writeSparse(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: SparseLimits,
  { label, signal }: { readonly label: string; readonly signal: AbortSignal },
): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  let size = 0;
  let unlooked = LOOK_EVERY;
  for await (const chunk of chunks) {
    if (signal.aborted) throw interrupted();
    if (size + chunk.length > limits.maxSize) throw tooLarge(label, limits);
    for (const { start, end } of dataRanges(chunk, size)) {
      unlooked += end - start;
      if (unlooked >= LOOK_EVERY) {
        await requireFree(path, limits.keepFree, label);
        unlooked = 0;
      }
      await file.seek(size + start, Deno.SeekMode.Start);
      await writeAll(file, chunk.subarray(start, end));
    }
    size += chunk.length;
  }
  await file.truncate(size);
}

/** A range of a chunk, in bytes from its start. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The parts of a chunk that are not zeros, cut where the file's pieces begin; `offset` is where it stands in the file. */
export function dataRanges(chunk: Uint8Array, offset: number): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  while (start < chunk.length) {
    const end = Math.min(chunk.length, start + PIECE - (offset + start) % PIECE);
    const before = ranges.at(-1);
    if (!isZero(chunk.subarray(start, end))) {
      if (before?.end === start) ranges[ranges.length - 1] = { start: before.start, end };
      else ranges.push({ start, end });
    }
    start = end;
  }
  return ranges;
}

function isZero(bytes: Uint8Array): boolean {
  const head = bytes.byteOffset % 4 === 0 ? bytes.length >> 2 : 0;
  // Four bytes at a time where they are aligned: most of a disk image is zeros.
  const words = head > 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, head) : [];
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  for (let i = head * 4; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

async function requireFree(path: string, keepFree: number, label: string): Promise<void> {
  const directory = dirname(path);
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= keepFree + LOOK_EVERY) return;
  throw new CubicError(
    "disk-full",
    `Cannot unpack ${label}: only ${formatSize(free)} are free in ${directory}`,
    { hint: "Free some space (`df -h` shows where), or move cubic's data with CUBIC_HOME." },
  );
}

function tooLarge(label: string, { maxSize }: SparseLimits): CubicError {
  return new CubicError(
    "image-corrupt",
    `Cannot unpack ${label}: it holds more than ${formatSize(maxSize)}`,
    { hint: "No disk image is that large; do not use this file." },
  );
}
