/** Trees of files on their way: what every source yields and every target takes, wherever the two are. */

/** A range of a file that holds data; what lies between ranges is a hole and reads as zeros. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

interface EntryFacts {
  /** Relative to the tree's root, parts joined by one slash; empty for the root itself. */
  readonly path: string;
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** Seconds since 1970; before that negative. */
  readonly mtime: number;
}

/** A directory; it comes before everything in it. */
export interface DirectoryEntry extends EntryFacts {
  readonly kind: "directory";
}

/** A symbolic link, kept as it is. */
export interface LinkEntry extends EntryFacts {
  readonly kind: "symlink";
  readonly target: string;
}

/** Another name of a file that came before in the same tree; it becomes a file of its own. */
export interface HardLinkEntry extends EntryFacts {
  readonly kind: "hardlink";
  /** The path of that file in the tree. */
  readonly original: string;
}

/** A regular file. */
export interface FileEntry extends EntryFacts {
  readonly kind: "file";
  readonly size: number;
  /** In order, not touching each other, inside the size; none for a file that is all hole or empty. */
  readonly extents: readonly Extent[];
  /**
   * The bytes of the extents, one after another: at once for a small file, or as pieces that are each valid
   * until the next one is asked for. To be read before the next entry is asked for, or not at all.
   */
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
}

/** One member of a tree. */
export type TreeEntry = DirectoryEntry | LinkEntry | HardLinkEntry | FileEntry;

/** Takes back a file that came before: it shrank while it was read, and the end of its data is zeros. */
export interface ShrunkEntry {
  readonly kind: "shrunk";
  readonly path: string;
}

/** Where a tree comes from. */
export type TreeSource = AsyncIterable<TreeEntry | ShrunkEntry>;

/** Where a tree goes. Nothing is under its final name before {@linkcode commit}. */
export interface TreeTarget {
  /** The absolute path that the root gets. */
  readonly path: string;
  /** Takes one entry, with all of its data. */
  put(entry: TreeEntry): Promise<void>;
  /** Takes a file back that was put before; it gets no place in the tree. */
  drop(path: string): Promise<void>;
  /** Puts everything in its place. To be called once, after the last entry. */
  commit(): Promise<void>;
  /** Removes what was not committed; does nothing after {@linkcode commit}. */
  discard(): Promise<void>;
}

/** The one extent of a file without holes. */
export function wholeFile(size: number): readonly Extent[] {
  return size === 0 ? [] : [{ offset: 0, length: size }];
}

/** Bytes in the extents together. */
export function dataLength(extents: readonly Extent[]): number {
  let sum = 0;
  for (const { length } of extents) sum += length;
  return sum;
}

/** The pieces of an entry's data, whichever form it has. */
export async function* pieces(data: FileEntry["data"]): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) yield data;
  else yield* data;
}
