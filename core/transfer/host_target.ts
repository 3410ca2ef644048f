/**
 * Writing a tree on the host. All of it is built in a hidden directory beside its place, where nobody else
 * writes, and moved from there: what a hostile source can do ends at that directory.
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { CubicError, describeFailure } from "../errors.ts";
import { mergeTree } from "./host_merge.ts";
import type { Warn } from "./listing.ts";
import type { DirectoryFate } from "./merge_fate.ts";
import { partPath } from "./part_path.ts";
import { printable } from "./printable.ts";
import { type DirectoryEntry, type FileEntry, pieces, type TreeEntry } from "./tree.ts";
import type { TreeTarget } from "./tree.ts";

/** How a tree is written. */
export interface HostTargetOptions {
  /** Keep modes and times exactly; otherwise modes go through our umask, and times are those of now. */
  readonly preserve: boolean;
  readonly warn: Warn;
}

/**
 * Opens a place for a tree; what is there already is merged with it if both are directories.
 * @throws CubicError when the directory around it can't be written.
 */
export function openHostTarget(path: string, options: HostTargetOptions): TreeTarget {
  const merges = isRealDirectory(path);
  const stage = partPath(merges ? join(path, "x") : path);
  try {
    Deno.mkdirSync(stage, { mode: 0o700 });
  } catch (error) {
    throw describeFailure(`write "${printable(path)}"`, error);
  }
  return stagedTarget(path, stage, merges, options);
}

function isRealDirectory(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

function stagedTarget(
  path: string,
  stage: string,
  merges: boolean,
  { preserve, warn }: HostTargetOptions,
): TreeTarget {
  const root = join(stage, "t");
  const umask = preserve ? 0 : Deno.umask();
  /** What a new file gets that is opened without a mode. */
  const usual = 0o666 & ~Deno.umask();
  /** What was put where; a link is never walked through since nothing but a directory can be a parent. */
  const kinds = new Map<string, TreeEntry["kind"]>();
  const directories: DirectoryEntry[] = [];
  const full = (entry: { path: string }): string =>
    entry.path === "" ? root : `${root}/${entry.path}`;

  const claim = ({ path, kind }: TreeEntry): void => {
    if (kinds.has(path)) throw refused(path, "the same name came twice");
    const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    if (path !== "" && kinds.get(parent) !== "directory") {
      throw refused(path, "it is not inside a directory of the tree");
    }
    kinds.set(path, kind);
  };

  const put = async (entry: TreeEntry): Promise<void> => {
    claim(entry);
    try {
      const place = full(entry);
      const mode = entry.mode & (preserve ? 0o7777 : 0o777 & ~umask);
      if (isLarge(entry)) await writeLarge(place, entry, mode, preserve);
      else putSmall(entry, place, mode);
      if (preserve && entry.kind === "file") setTime(place, entry.mtime);
    } catch (error) {
      throw describeFailure(`write "${printable(join(path, entry.path))}"`, error);
    }
  };

  /** Synchronous for the sake of trees of many small files. */
  const putSmall = (entry: TreeEntry, place: string, mode: number): void => {
    if (entry.kind === "directory") {
      Deno.mkdirSync(place, { mode: 0o700 });
      directories.push(entry);
    } else if (entry.kind === "symlink") {
      Deno.symlinkSync(entry.target, place);
    } else if (entry.kind === "hardlink") {
      if (kinds.get(entry.original) !== "file") {
        throw refused(entry.path, "its original is no file");
      }
      kinds.set(entry.path, "file");
      Deno.copyFileSync(full({ path: entry.original }), place);
      if (preserve) setTime(place, entry.mtime);
    } else if (entry.data instanceof Uint8Array) {
      writeSmall(place, entry.data, mode, usual);
    }
  };

  return {
    path,
    put,
    // deno-lint-ignore require-await -- as below
    async drop(inner) {
      if (kinds.get(inner) !== "file") throw refused(inner, "it is no file of the tree");
      Deno.removeSync(full({ path: inner }));
    },
    // deno-lint-ignore require-await -- an interface of promises over calls that don't wait
    async commit() {
      const fate = mergeTree(root, path, merges, warn);
      // It may be inside of a directory that is about to lose the right to write, or to get an old time.
      removeTree(stage);
      for (const entry of directories.toReversed()) {
        const final = entry.path === "" ? path : join(path, entry.path);
        finishDirectory(final, entry, { preserve, umask, fate: fate(entry.path) }, warn);
      }
    },
    // deno-lint-ignore require-await -- as above
    async discard() {
      removeTree(stage);
    },
  };
}

/** Modes and times of directories come last: filling them needs rights and changes their times. */
function finishDirectory(
  path: string,
  entry: DirectoryEntry,
  how: { preserve: boolean; umask: number; fate: DirectoryFate },
  warn: Warn,
): void {
  if (how.fate === "left out" || (how.fate === "merged" && !how.preserve)) return;
  try {
    Deno.chmodSync(path, how.preserve ? entry.mode : entry.mode & 0o777 & ~how.umask);
    if (how.preserve) Deno.utimeSync(path, entry.mtime, entry.mtime);
  } catch (error) {
    warn(describeFailure(`finish "${printable(path)}"`, error).message);
  }
}

/** A file whose data does not come in one piece, or is not all there is. */
function isLarge(entry: TreeEntry): entry is FileEntry {
  return entry.kind === "file" &&
    !(entry.data instanceof Uint8Array && entry.data.length === entry.size);
}

function setTime(path: string, mtime: number): void {
  Deno.utimeSync(path, mtime, mtime);
}

/**
 * One call out of the engine instead of three. Deno changes the mode of the new file when it is given one, though it
 * was opened with it; the usual one needs neither.
 */
function writeSmall(path: string, bytes: Uint8Array, mode: number, usual: number): void {
  const rights = mode & 0o777;
  Deno.writeFileSync(path, bytes, {
    createNew: true,
    ...(rights !== usual && { mode: rights }),
  });
  // Writing takes these bits away.
  if (mode > 0o777) Deno.chmodSync(path, mode);
}

async function writeLarge(
  path: string,
  entry: FileEntry,
  mode: number,
  exact: boolean,
): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: mode & 0o777 });
  const extents = [...entry.extents];
  let [at, left] = [0, 0];
  for await (let piece of pieces(entry.data)) {
    while (piece.length > 0) {
      if (left === 0) {
        const next = extents.shift();
        if (!next) throw refused(entry.path, "it is longer than announced");
        at = next.offset;
        left = next.length;
        await file.seek(at, Deno.SeekMode.Start);
      }
      const part = piece.subarray(0, left);
      if (isZero(part)) await file.seek(at + part.length, Deno.SeekMode.Start);
      else for (let rest = part; rest.length > 0;) rest = rest.subarray(await file.write(rest));
      at += part.length;
      left -= part.length;
      piece = piece.subarray(part.length);
    }
  }
  if (left > 0 || extents.length > 0) throw refused(entry.path, "it is shorter than announced");
  await file.truncate(entry.size);
  if (exact) await Deno.chmod(path, mode);
}

const ZEROS = Buffer.alloc(256 * 1024);
/** Shorter runs are not worth a hole. */
const SHORTEST_HOLE = 16 * 1024;

function isZero(bytes: Uint8Array): boolean {
  return bytes.length >= SHORTEST_HOLE && bytes.length <= ZEROS.length &&
    ZEROS.subarray(0, bytes.length).equals(bytes);
}

function removeTree(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw describeFailure(`remove "${path}"`, error);
  }
}

function refused(path: string, why: string): CubicError {
  return new CubicError("transfer-failed", `Cannot copy "${printable(path)}": ${why}`, {
    hint: "The other side sent something that no honest program sends; nothing was written.",
  });
}
