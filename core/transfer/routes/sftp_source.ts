/** Reading trees over SFTP, for guests without tar: file by file, but many of them in flight. */
import { CubicError, interrupted } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { listingBudget } from "../../ssh/listing_budget.ts";
import { SFTP_READ_SIZE, SFTP_STATUS, type SftpSession } from "../../ssh/sftp.ts";
import type { ListedEntry } from "../listing.ts";
import { shrank } from "../local_source.ts";
import { printable } from "../printable.ts";
import { type ShrunkEntry, type TreeEntry, wholeFile } from "../tree.ts";
import { isRefusal } from "./sftp_merge.ts";
import { explain, openSession } from "./sftp_session.ts";
import type { GuestTree, StreamOptions, StreamResult } from "./stream.ts";

/** Files under way at the same time. */
const FILES_IN_FLIGHT = 32;

/** Requests of one large file under way at the same time. */
const PIECES_IN_FLIGHT = 16;

const SMALL_FILE = 128 * 1024;

/** A server may have lied about the size; so many zeros at most are written for it. */
const MOST_PADDING = 1024 ** 3;

/** More directories in one another have no path that a guest could open: Linux takes 4096 bytes. */
const DEEPEST = 2048;

/** Begins to read a tree or a file of the guest; `path` is absolute. */
export async function openSftpTree(
  connection: SshConnection,
  path: string,
  kind: "directory" | "file",
  options: StreamOptions,
): Promise<StreamResult<GuestTree>> {
  const opened = await openSession(connection, options.signal);
  if (opened.kind !== "ready") return opened;
  const sftp = opened.value;
  const entries = explained(path, async function* () {
    const root = await sftp.stat(path);
    const list = [
      entryOf("", kind, root),
      ...kind === "directory" ? await walk(sftp, path, options) : [],
    ];
    yield* readFiles(sftp, path, list, options);
  });
  return {
    kind: "ready",
    value: { entries: entries(), [Symbol.dispose]: () => sftp[Symbol.dispose]() },
  };
}

/** The generator with the server's errors in words. */
function explained(
  path: string,
  run: () => AsyncGenerator<TreeEntry | ShrunkEntry>,
): () => AsyncGenerator<TreeEntry | ShrunkEntry> {
  return async function* () {
    try {
      yield* run();
    } catch (error) {
      throw explain(path, error);
    }
  };
}

/** All that is below a directory, each directory before what is in it. */
async function walk(
  sftp: SftpSession,
  root: string,
  { warn, signal }: StreamOptions,
): Promise<ListedEntry[]> {
  const found: ListedEntry[] = [];
  const budget = listingBudget();
  const visit = async (inner: string, depth: number): Promise<void> => {
    if (signal.aborted) throw interrupted();
    if (depth > DEEPEST) throw tooDeep(inner);
    const names = await sftp.list(inner === "" ? root : `${root}/${inner}`, budget);
    for (const { name, stat } of names.sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (name === "." || name === "..") continue;
      if (name === "" || name.includes("/") || name.includes("\0")) {
        throw new CubicError(
          "transfer-failed",
          `Cannot copy from the guest: it sent the name "${printable(name)}"`,
        );
      }
      const path = inner === "" ? name : `${inner}/${name}`;
      const kind = KINDS[stat.mode & 0o170000];
      if (name.includes("\ufffd")) warn(`Skipped "${printable(path)}": its name is not UTF-8`);
      else if (!kind) {
        warn(`Skipped "${printable(path)}": it is neither a file nor a directory nor a link`);
      } else {
        found.push(entryOf(path, kind, stat));
        if (kind === "directory") await visit(path, depth + 1);
      }
    }
  };
  await visit("", 0);
  return found;
}

function tooDeep(path: string): CubicError {
  return new CubicError(
    "transfer-failed",
    `Cannot copy "${
      printable(path).slice(0, 80)
    }…": more than ${DEEPEST} directories are in one another`,
  );
}

const KINDS: Readonly<Record<number, ListedEntry["kind"]>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "symlink",
};

function entryOf(
  path: string,
  kind: ListedEntry["kind"],
  { mode, mtime, size }: { mode: number; mtime: number; size: number },
): ListedEntry {
  return { path, kind, mode: mode & 0o7777, mtime, size: kind === "file" ? size : 0, blocks: null };
}

async function* readFiles(
  sftp: SftpSession,
  root: string,
  list: readonly ListedEntry[],
  { warn }: StreamOptions,
): AsyncGenerator<TreeEntry | ShrunkEntry> {
  const ahead: (Promise<TreeEntry | undefined> | undefined)[] = [];
  const full = (inner: string): string => inner === "" ? root : `${root}/${inner}`;
  const fetch = (entry: ListedEntry): Promise<TreeEntry | undefined> | undefined => {
    if (entry.kind === "directory" || entry.size > SMALL_FILE) return undefined;
    const work = entry.kind === "symlink"
      ? sftp.readLink(full(entry.path)).then((target): TreeEntry => ({
        ...entry,
        kind: "symlink",
        target,
      }))
      : readSmall(sftp, full(entry.path), entry);
    const answered = work.catch((error) => {
      if (!isRefusal(error)) throw error;
      warn(explain(full(entry.path), error).message);
      return undefined;
    });
    answered.catch(() => {}); // Looked at when its turn comes.
    return answered;
  };
  for (let index = 0, next = 0; index < list.length; index++) {
    for (; next < list.length && next < index + FILES_IN_FLIGHT; next++) {
      ahead.push(fetch(list[next]!));
    }
    const entry = list[index]!;
    const small = ahead.shift();
    if (entry.kind === "directory") yield { ...entry, kind: "directory" };
    else if (small) {
      const done = await small;
      if (done) yield done;
    } else {
      let isShrunk = false;
      const data = readLarge(sftp, full(entry.path), entry.size, () => isShrunk = true);
      yield { ...entry, kind: "file", extents: wholeFile(entry.size), data };
      if (isShrunk && entry.path === "") throw shrank(root);
      if (isShrunk) yield { kind: "shrunk", path: entry.path };
    }
  }
}

async function readSmall(sftp: SftpSession, path: string, entry: ListedEntry): Promise<TreeEntry> {
  const handle = await sftp.open(path, "r");
  try {
    const buffer = new Uint8Array(entry.size);
    let at = 0;
    for (let count = -1; at < buffer.length && count !== 0; at += count) {
      count = await readAt(sftp, handle, buffer.subarray(at), at);
    }
    const data = buffer.subarray(0, at);
    return { ...entry, kind: "file", size: at, extents: wholeFile(at), data };
  } finally {
    await sftp.close(handle).catch(() => {});
  }
}

/**
 * What is missing of a file that shrank is zeros, for its size is on its way already.
 * @throws CubicError "transfer-failed" when more is missing than {@linkcode MOST_PADDING}.
 */
async function* readLarge(
  sftp: SftpSession,
  path: string,
  size: number,
  onShrunk: () => void,
): AsyncGenerator<Uint8Array> {
  const handle = await sftp.open(path, "r");
  const pending: { into: Uint8Array; at: number; count: Promise<number> }[] = [];
  try {
    let end = size;
    for (let asked = 0, got = 0; got < size;) {
      while (asked < size && pending.length < PIECES_IN_FLIGHT) {
        const into = new Uint8Array(Math.min(SFTP_READ_SIZE, size - asked));
        const count = asked < end ? readAt(sftp, handle, into, asked) : Promise.resolve(0);
        count.catch(() => {}); // Looked at when its turn comes.
        pending.push({ into, at: asked, count });
        asked += into.length;
      }
      const { into, at, count } = pending.shift()!;
      for (let have = await count; have < into.length;) {
        const from = at + have;
        const more = from < end ? await readAt(sftp, handle, into.subarray(have), from) : 0;
        have = more === 0 ? into.length : have + more;
        if (more > 0 || from >= end) continue;
        if (size - from > MOST_PADDING) throw shrank(path);
        end = from;
        onShrunk();
      }
      got += into.length;
      yield into;
    }
  } finally {
    await Promise.allSettled(pending.map(({ count }) => count));
    await sftp.close(handle).catch(() => {});
  }
}

/** Reads, and takes the status for the end of the file as no bytes. */
async function readAt(
  sftp: SftpSession,
  handle: Parameters<SftpSession["read"]>[0],
  into: Uint8Array,
  at: number,
): Promise<number> {
  try {
    return await sftp.read(handle, into, at);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === SFTP_STATUS.endOfFile) return 0;
    throw error;
  }
}
