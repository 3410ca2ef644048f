/** A tree as it is listed before it is copied. */
import type { Excluder } from "./exclude.ts";

/** Takes a sentence about something that was left out or went wrong while the rest goes on. */
export type Warn = (text: string) => void;

/** One member of a listed tree. */
export interface ListedEntry {
  /** Relative to the root, empty for the root itself. */
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink";
  readonly mode: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Blocks of 512 bytes that the file takes; null when unknown. */
  readonly blocks: number | null;
  /** What a symbolic link says. */
  readonly target?: string;
}

/** How much is to be copied. */
export interface TreeTotals {
  readonly files: number;
  readonly bytes: number;
}

/** Counts files and their bytes; links count as files. */
export function totals(entries: readonly ListedEntry[]): TreeTotals {
  const files = entries.filter(({ kind }) => kind !== "directory");
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

/** A list in which each directory is before what is in it, without what is excluded and all below that. */
export function withoutExcluded(
  entries: readonly ListedEntry[],
  exclude: Excluder,
): readonly ListedEntry[] {
  const left = new Set<string>();
  return entries.filter(({ path, kind }) => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const out = path !== "" && (left.has(parent) || exclude(path, kind === "directory"));
    if (out) left.add(path);
    return !out;
  });
}
