/** Writing trees over SFTP, for guests without tar: file by file, but many of them in flight. */
import { posix } from "node:path";
import { CubicError } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { SFTP_WRITE_SIZE, type SftpSession } from "../../ssh/sftp.ts";
import { guardPart } from "../guest_guard.ts";
import { partPath } from "../part_path.ts";
import {
  type DirectoryEntry,
  type FileEntry,
  pieces,
  type TreeEntry,
  type TreeTarget,
} from "../tree.ts";
import { isRefusal, mergeOverSftp } from "./sftp_merge.ts";
import { explain, explainWrite, openSession } from "./sftp_session.ts";
import type { StreamOptions, StreamResult } from "./stream.ts";

/** Files under way at the same time. */
const FILES_IN_FLIGHT = 32;

/** Requests of one large file under way at the same time. */
const PIECES_IN_FLIGHT = 16;

/** Opens a place in the guest for a tree; `path` is absolute and its directory is there. */
export async function openSftpTarget(
  connection: SshConnection,
  path: string,
  options: StreamOptions,
): Promise<StreamResult<TreeTarget>> {
  const opened = await openSession(connection, options.signal);
  if (opened.kind !== "ready") return opened;
  const sftp = opened.value;
  const found = await sftp.lstat(path).catch(() => undefined);
  const merges = found !== undefined && (found.mode & 0o170000) === 0o040000;
  const stage = partPath(merges ? `${path}/x` : path);
  const guard = await guardPart(connection, stage);
  try {
    await sftp.makeDirectory(stage, 0o700);
  } catch (error) {
    guard[Symbol.dispose]();
    throw await explainWrite(sftp, path, posix.dirname(stage), error);
  }
  const target = sftpTarget(sftp, path, stage, merges, options);
  return {
    kind: "ready",
    value: {
      ...target,
      commit: () => target.commit().finally(() => guard[Symbol.dispose]()),
      discard: () => target.discard().finally(() => guard[Symbol.dispose]()),
    },
  };
}

function sftpTarget(
  sftp: SftpSession,
  path: string,
  stage: string,
  merges: boolean,
  { preserve, warn }: StreamOptions,
): TreeTarget {
  const root = `${stage}/t`;
  const place = (inner: string): string => inner === "" ? root : `${root}/${inner}`;
  const directories: DirectoryEntry[] = [];
  const made: string[] = [];
  const running = new Set<Promise<void>>();
  let failure: unknown;
  const start = async (work: Promise<void>): Promise<void> => {
    const tracked: Promise<void> = work.catch((error) => void (failure ??= error))
      .finally(() => running.delete(tracked));
    running.add(tracked);
    if (running.size >= FILES_IN_FLIGHT) await Promise.race(running);
    if (failure) throw failure;
  };
  const settle = async (): Promise<void> => {
    await Promise.all(running);
    if (failure) throw failure;
  };
  const mtimeOf = ({ mtime }: TreeEntry): number => Math.min(Math.max(0, mtime), 2 ** 32 - 1);
  const finish = async (entry: FileEntry): Promise<void> => {
    if (preserve) await sftp.setFacts(place(entry.path), entry.mode, mtimeOf(entry));
  };
  const put = async (entry: TreeEntry): Promise<void> => {
    made.push(entry.path);
    if (entry.kind === "directory") {
      directories.push(entry);
      await settle();
      await sftp.makeDirectory(place(entry.path), entry.mode & 0o777 | 0o700);
      return;
    }
    if (entry.kind === "symlink") {
      return await start(sftp.makeLink(entry.target, place(entry.path)));
    }
    if (entry.kind === "hardlink") {
      throw new CubicError("transfer-failed", `Cannot copy "${entry.path}": it is a hard link`);
    }
    if (entry.data instanceof Uint8Array && entry.data.length === entry.size) {
      return await start(
        writeSmall(sftp, place(entry.path), entry, entry.data).then(() => finish(entry)),
      );
    }
    await writeLarge(sftp, place(entry.path), entry);
    await finish(entry);
  };
  const commit = async (): Promise<void> => {
    await settle();
    const fate = await mergeOverSftp(sftp, root, path, merges, warn);
    // It may be inside of a directory that is about to lose the right to write, or to get an old time.
    await removeStage(sftp, stage, root, made, directories);
    for (const entry of directories.toReversed()) {
      const isMerged = fate(entry.path) === "merged";
      if (fate(entry.path) === "left out" || (isMerged && !preserve)) continue;
      if (!preserve && (entry.mode & 0o700) === 0o700) continue;
      const final = entry.path === "" ? path : `${path}/${entry.path}`;
      await sftp.setFacts(
        final,
        entry.mode & (preserve ? 0o7777 : 0o777),
        preserve ? mtimeOf(entry) : undefined,
      )
        .catch((error) => {
          if (!isRefusal(error)) throw error;
          warn(explain(final, error).message);
        });
    }
    sftp[Symbol.dispose]();
  };
  const explaining = (work: Promise<void>): Promise<void> =>
    work.catch(async (error) => Promise.reject(await explainWrite(sftp, path, stage, error)));
  return {
    path,
    put: (entry) => explaining(put(entry)),
    drop: (inner) => explaining(settle().then(() => sftp.unlink(place(inner)))),
    commit: () => explaining(commit()),
    async discard() {
      await Promise.allSettled(running);
      await removeStage(sftp, stage, root, made, directories);
      sftp[Symbol.dispose]();
    },
  };
}

async function writeSmall(
  sftp: SftpSession,
  path: string,
  entry: FileEntry,
  data: Uint8Array,
): Promise<void> {
  // Copied before anything is awaited: the bytes are only lent. Not slice(), which a Buffer has for views.
  const bytes = new Uint8Array(data);
  const handle = await sftp.open(path, "wx", entry.mode & 0o777);
  try {
    for (let at = 0; at < bytes.length; at += SFTP_WRITE_SIZE) {
      await sftp.write(handle, bytes.subarray(at, at + SFTP_WRITE_SIZE), at);
    }
  } finally {
    await sftp.close(handle);
  }
}

async function writeLarge(sftp: SftpSession, path: string, entry: FileEntry): Promise<void> {
  const handle = await sftp.open(path, "wx", entry.mode & 0o777);
  const pending: Promise<void>[] = [];
  try {
    const extents = [...entry.extents];
    let [at, left] = [0, 0];
    for await (let piece of pieces(entry.data)) {
      while (piece.length > 0) {
        if (left === 0) {
          const next = extents.shift();
          if (!next) throw new Error("more data than announced");
          [at, left] = [next.offset, next.length];
        }
        const part = piece.subarray(0, Math.min(left, SFTP_WRITE_SIZE));
        if (pending.length >= PIECES_IN_FLIGHT) await pending.shift();
        const done = sftp.write(handle, part, at);
        done.catch(() => {}); // Looked at when its turn comes.
        pending.push(done);
        at += part.length;
        left -= part.length;
        piece = piece.subarray(part.length);
      }
    }
    for (const done of pending) await done;
    // A hole at the end: one byte makes the file as long as it is.
    if (entry.size > at) await sftp.write(handle, new Uint8Array(1), entry.size - 1);
  } finally {
    await Promise.allSettled(pending);
    await sftp.close(handle);
  }
}

async function removeStage(
  sftp: SftpSession,
  stage: string,
  root: string,
  made: readonly string[],
  directories: readonly DirectoryEntry[],
): Promise<void> {
  const isDirectory = new Set(directories.map(({ path }) => path));
  const gone = await sftp.lstat(root).then(() => false, () => true);
  for (const inner of gone ? [] : made.toReversed()) {
    const full = inner === "" ? root : `${root}/${inner}`;
    await (isDirectory.has(inner) ? sftp.removeDirectory(full) : sftp.unlink(full)).catch(() => {});
  }
  await sftp.removeDirectory(stage).catch(() => {});
}
