/** Reading a listed tree of the host. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { describeFailure } from "../errors.ts";
import { findExtents, looksSparse } from "./holes.ts";
import type { ListedEntry, Warn } from "./listing.ts";
import { shrank } from "./local_source.ts";
import { printable } from "./printable.ts";
import {
  type Extent,
  type FileEntry,
  type ShrunkEntry,
  type TreeEntry,
  wholeFile,
} from "./tree.ts";

/** Files up to this size are read in one go, so that they can't change between header and data. */
const SMALL_FILE = 128 * 1024;
const PIECE = 256 * 1024;

/**
 * Yields the entries of a listed tree with their data. A file that is gone or can't be opened is warned of. One that
 * shrinks while it is read is filled up with zeros, for its size is on its way already, and taken back.
 * @throws CubicError "transfer-failed" when the root is a file and shrinks.
 */
export async function* readHostTree(
  root: string,
  entries: Iterable<ListedEntry> | AsyncIterable<ListedEntry>,
  warn: Warn,
): AsyncGenerator<TreeEntry | ShrunkEntry> {
  // One for all small files of this tree: what is in it is used before the next one is read.
  const buffer = new Uint8Array(SMALL_FILE);
  const base = root.endsWith("/") ? root : `${root}/`;
  for await (const entry of entries) {
    const { path, mode, mtime } = entry;
    if (entry.kind !== "file") {
      yield entry.kind === "directory"
        ? { kind: "directory", path, mode, mtime }
        : { kind: "symlink", path, mode, mtime, target: entry.target ?? "" };
      continue;
    }
    const full = path === "" ? root : `${base}${path}`;
    const file = openFile(full, entry, buffer, warn);
    if (!file) continue;
    let isShrunk: boolean;
    try {
      yield file.entry;
      isShrunk = file.shrank();
    } finally {
      file.close();
    }
    if (!isShrunk) continue;
    if (path === "") throw shrank(full);
    yield { kind: "shrunk", path };
  }
}

interface OpenFile {
  readonly entry: FileEntry;
  shrank(): boolean;
  close(): void;
}

function openFile(
  full: string,
  listed: ListedEntry,
  buffer: Uint8Array,
  warn: Warn,
): OpenFile | undefined {
  const { path, mode, mtime } = listed;
  const facts = { kind: "file", path, mode, mtime } as const;
  try {
    const { size } = listed;
    if (size <= SMALL_FILE) {
      const data = readSmall(full, buffer.subarray(0, size), path === "");
      const extents = wholeFile(data.length);
      return { entry: { ...facts, size: data.length, extents, data }, ...NOTHING_OPEN };
    }
    const extents = looksSparse(size, listed.blocks) ? findExtents(full, size) : wholeFile(size);
    const file = Deno.openSync(full, { read: true });
    let isShrunk = false;
    const data = readExtents(file, extents, () => isShrunk = true);
    return {
      entry: { ...facts, size, extents, data },
      // It may have become shorter inside of a hole, too.
      shrank: () => isShrunk || file.statSync().size < size,
      close: () => file.close(),
    };
  } catch (error) {
    warn(describeFailure(`read "${printable(full)}"`, error).message);
    return undefined;
  }
}

const NOTHING_OPEN = { shrank: () => false, close: () => {} } as const;

/**
 * The content of a small file as far as it was listed. Synchronous, because ten thousand files take ten thousand
 * trips to Deno's threads otherwise; no fstat, which takes longer than all the rest. Without waiting for the writer
 * of a pipe, and without following a link that took the file's place.
 */
function readSmall(path: string, into: Uint8Array, follow: boolean): Uint8Array {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW);
  const fd = openSync(path, flags);
  try {
    let at = 0;
    for (let count = -1; at < into.length && count !== 0; at += count) {
      count = readSync(fd, into, at, into.length - at, at);
    }
    return into.subarray(0, at);
  } finally {
    closeSync(fd);
  }
}

async function* readExtents(
  file: Deno.FsFile,
  extents: readonly Extent[],
  onShrunk: () => void,
): AsyncGenerator<Uint8Array> {
  const buffers = [new Uint8Array(PIECE), new Uint8Array(PIECE)];
  let turn = 0;
  for (const { offset, length } of extents) {
    await file.seek(offset, Deno.SeekMode.Start);
    for (let left = length; left > 0;) {
      const buffer = buffers[turn++ % 2]!.subarray(0, Math.min(left, PIECE));
      const count = await file.read(buffer) ?? fillUp(buffer, onShrunk);
      left -= count;
      yield buffer.subarray(0, count);
    }
  }
}

function fillUp(buffer: Uint8Array, onShrunk: () => void): number {
  onShrunk();
  buffer.fill(0);
  return buffer.length;
}
