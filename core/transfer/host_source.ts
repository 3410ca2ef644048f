/** Reading a listed tree of the host. */
import { join } from "node:path";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { describeFailure } from "../errors.ts";
import { findExtents, looksSparse } from "./holes.ts";
import type { ListedEntry, Warn } from "./listing.ts";
import { shrank } from "./local_source.ts";
import { printable } from "./printable.ts";
import { type Extent, type FileEntry, type TreeEntry, wholeFile } from "./tree.ts";

/** Files up to this size are read in one go, so that they can't change between header and data. */
const SMALL_FILE = 128 * 1024;
const PIECE = 256 * 1024;

/**
 * Yields the entries of a listed tree with their data. A file that is gone or can't be opened is warned of.
 * @throws CubicError "transfer-failed" when a large file shrinks while it is read.
 */
export async function* readHostTree(
  root: string,
  entries: readonly ListedEntry[],
  warn: Warn,
): AsyncGenerator<TreeEntry> {
  for (const entry of entries) {
    const { path, mode, mtime } = entry;
    if (entry.kind !== "file") {
      yield entry.kind === "directory"
        ? { kind: "directory", path, mode, mtime }
        : { kind: "symlink", path, mode, mtime, target: entry.target ?? "" };
      continue;
    }
    const full = path === "" ? root : join(root, path);
    const file = openFile(full, entry, warn);
    if (!file) continue;
    yield file.entry;
    await file.close();
  }
}

interface OpenFile {
  readonly entry: FileEntry;
  close(): Promise<void> | void;
}

function openFile(full: string, listed: ListedEntry, warn: Warn): OpenFile | undefined {
  const { path, mode, mtime } = listed;
  const facts = { kind: "file", path, mode, mtime } as const;
  try {
    const { size } = listed;
    if (size <= SMALL_FILE) {
      const data = readSmall(full, size, path === "");
      const extents = wholeFile(data.length);
      return { entry: { ...facts, size: data.length, extents, data }, close: () => {} };
    }
    const extents = looksSparse(size, listed.blocks) ? findExtents(full, size) : wholeFile(size);
    const file = Deno.openSync(full, { read: true });
    return {
      entry: { ...facts, size, extents, data: readExtents(file, extents, full) },
      close: () => file.close(),
    };
  } catch (error) {
    warn(describeFailure(`read "${printable(full)}"`, error).message);
    return undefined;
  }
}

/** One for all: what is in it is used before the next file is read. */
const SMALL_BUFFER = new Uint8Array(SMALL_FILE);

/**
 * The content of a small file as far as it was listed. Synchronous, because ten thousand files take ten thousand
 * trips to Deno's threads otherwise; no fstat, which takes longer than all the rest. Without waiting for the writer
 * of a pipe, and without following a link that took the file's place.
 */
function readSmall(path: string, size: number, follow: boolean): Uint8Array {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW);
  const fd = openSync(path, flags);
  try {
    let at = 0;
    for (let count = -1; at < size && count !== 0; at += count) {
      count = readSync(fd, SMALL_BUFFER, at, size - at, at);
    }
    return SMALL_BUFFER.subarray(0, at);
  } finally {
    closeSync(fd);
  }
}

async function* readExtents(
  file: Deno.FsFile,
  extents: readonly Extent[],
  path: string,
): AsyncGenerator<Uint8Array> {
  const buffers = [new Uint8Array(PIECE), new Uint8Array(PIECE)];
  let turn = 0;
  for (const { offset, length } of extents) {
    await file.seek(offset, Deno.SeekMode.Start);
    for (let left = length; left > 0;) {
      const buffer = buffers[turn++ % 2]!;
      const count = await file.read(buffer.subarray(0, Math.min(left, PIECE)));
      if (count === null) throw shrank(path);
      left -= count;
      yield buffer.subarray(0, count);
    }
  }
}
