/** What is in a tree of the host, found before anything is copied: for the total, for `--dry-run`, and to read it. */
import { describeFailure, interrupted } from "../errors.ts";
import { breathe } from "./breathe.ts";
import type { Excluder } from "./exclude.ts";
import type { ListedEntry, Warn } from "./listing.ts";
import { printable } from "./printable.ts";

/** How a tree is listed. */
export interface ListOptions {
  readonly exclude: Excluder;
  /** Told of what can't be copied; the rest is. */
  readonly warn: Warn;
  readonly signal: AbortSignal;
}

/** After so many entries something else may run. */
const BREATH = 500;

/**
 * Lists a file or a directory and all below it, each directory before what is in it, in the order of names.
 * Symbolic links are not followed, but for the root.
 * @throws CubicError when the root can't be read, "interrupted" when aborted.
 */
export async function listHostTree(root: string, options: ListOptions): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  const base = root.endsWith("/") ? root : `${root}/`;
  const visit = async (path: string): Promise<void> => {
    if (entries.length % BREATH === 0) await breathe();
    if (options.signal.aborted) throw interrupted();
    const full = path === "" ? root : `${base}${path}`;
    const complaints: string[] = [];
    const entry = look(full, path, (text) => void complaints.push(text));
    // Nobody wants to hear of what was to be left out.
    if (path !== "" && options.exclude(path, entry?.kind === "directory")) return;
    complaints.forEach(options.warn);
    if (!entry) return;
    entries.push(entry);
    if (entry.kind !== "directory") return;
    for (const name of namesIn(full, options.warn)) {
      await visit(path === "" ? name : `${path}/${name}`);
    }
  };
  await visit("");
  return entries;
}

function look(full: string, path: string, warn: Warn): ListedEntry | undefined {
  let info: Deno.FileInfo;
  try {
    info = path === "" ? Deno.statSync(full) : Deno.lstatSync(full);
  } catch (error) {
    if (path === "") throw describeFailure(`read "${full}"`, error);
    // Deno hands out names that are not UTF-8 with U+FFFD in them, and can't open those.
    const gone = error instanceof Deno.errors.NotFound;
    if (gone && !path.includes("\ufffd")) return undefined;
    warn(
      gone
        ? `Skipped "${printable(full)}": its name is not UTF-8`
        : describeFailure(`read "${printable(full)}"`, error).message,
    );
    return undefined;
  }
  const facts = {
    path,
    mode: (info.mode ?? 0o644) & 0o7777,
    mtime: Math.floor((info.mtime?.getTime() ?? 0) / 1000),
    size: info.isFile ? info.size : 0,
    blocks: info.blocks,
  };
  if (info.isFile) return { ...facts, kind: "file" };
  if (info.isDirectory) return { ...facts, kind: "directory" };
  if (info.isSymlink) return readLink(full, facts, warn);
  warn(`Skipped "${printable(full)}": it is neither a file nor a directory nor a link`);
  return undefined;
}

function readLink(
  full: string,
  facts: Omit<ListedEntry, "kind">,
  warn: Warn,
): ListedEntry | undefined {
  try {
    return { ...facts, kind: "symlink", target: Deno.readLinkSync(full) };
  } catch (error) {
    warn(describeFailure(`read the link "${printable(full)}"`, error).message);
    return undefined;
  }
}

function namesIn(directory: string, warn: Warn): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
  } catch (error) {
    warn(describeFailure(`read "${printable(directory)}"`, error).message);
    return [];
  }
}
