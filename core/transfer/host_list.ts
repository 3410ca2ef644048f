/** What is in a tree of the host, found before anything is copied: for the total, for `--dry-run`, and to read it. */
import { describeFailure, interrupted } from "../errors.ts";
import { startBreathing } from "./breathe.ts";
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

/** A list that grows while it is read; disposing of it stops it. */
export interface GrowingList extends Disposable {
  /** The entries as they are found; ends with the error of {@linkcode complete}. */
  readonly entries: AsyncIterable<ListedEntry>;
  /** All of them; rejects as {@linkcode listHostTree} does. */
  readonly complete: Promise<readonly ListedEntry[]>;
}

/** Milliseconds after which others have their turn: the copying of what is listed already. */
const TURN_MS = 10;

/**
 * Lists a file or a directory and all below it, each directory before what is in it, in the order of names.
 * Symbolic links are not followed, but for the root.
 * @throws CubicError when the root can't be read, "interrupted" when aborted.
 */
export async function listHostTree(
  root: string,
  options: ListOptions,
): Promise<readonly ListedEntry[]> {
  using list = followHostTree(root, options);
  return await list.complete;
}

/** Begins to list as {@linkcode listHostTree} does, and goes on while the first entries are taken. */
export function followHostTree(root: string, options: ListOptions): GrowingList {
  const found: ListedEntry[] = [];
  let isStopped = false;
  let isComplete = false;
  let grown = Promise.withResolvers<void>();
  const grow = async (): Promise<readonly ListedEntry[]> => {
    const breathe = startBreathing(TURN_MS);
    for (const entry of walk(root, options)) {
      found.push(entry);
      grown.resolve();
      grown = Promise.withResolvers();
      await breathe();
      if (isStopped || options.signal.aborted) throw interrupted();
    }
    isComplete = true;
    return found;
  };
  const complete = grow();
  // Whoever reads the entries is told; without a reader there is nobody to tell.
  complete.catch(() => {});
  const follow = async function* (): AsyncGenerator<ListedEntry> {
    for (let at = 0; !isComplete || at < found.length;) {
      if (at < found.length) yield found[at++]!;
      else await Promise.race([grown.promise, complete]);
    }
  };
  return { entries: follow(), complete, [Symbol.dispose]: () => isStopped = true };
}

function* walk(root: string, { exclude, warn }: ListOptions): Generator<ListedEntry> {
  const base = root.endsWith("/") ? root : `${root}/`;
  const ahead = [""];
  for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
    const full = path === "" ? root : `${base}${path}`;
    const complaints: string[] = [];
    const entry = look(full, path, (text) => void complaints.push(text));
    // Nobody wants to hear of what was to be left out.
    if (path !== "" && exclude(path, entry?.kind === "directory")) continue;
    complaints.forEach(warn);
    if (!entry) continue;
    yield entry;
    if (entry.kind !== "directory") continue;
    const names = namesIn(full, warn);
    for (let at = names.length - 1; at >= 0; at--) {
      ahead.push(path === "" ? names[at]! : `${path}/${names[at]}`);
    }
  }
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
