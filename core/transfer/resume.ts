/**
 * Going on where an earlier copy of one file broke off, over SFTP. What is there is compared by SHA-256 first; only
 * an equal beginning is kept.
 */
import { createHash } from "node:crypto";
import { dirname, join, posix } from "node:path";
import { statIfThere } from "../atomic.ts";
import { describeFailure, interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { SFTP_READ_SIZE, SFTP_WRITE_SIZE, type SftpSession } from "../ssh/sftp.ts";
import { digestOfFile } from "./digest.ts";
import { guestFailure } from "./guest_failure.ts";
import { orLost } from "./lost.ts";
import { shrank } from "./local_source.ts";
import type { Found, Place } from "./place.ts";
import type { RouteOperation } from "./route.ts";
import { explainWrite, statusOf } from "./routes/sftp_session.ts";
import { withStallLimit } from "./stall.ts";

/** One file to copy between the host and a guest. */
export interface ResumableCopy {
  readonly from: Place;
  readonly source: Found;
  readonly to: Place;
  readonly target: string;
  readonly label: string;
}

/** An SFTP session, and the connection that it is on. */
export interface ResumeSession {
  readonly connection: SshConnection;
  readonly sftp: SftpSession;
}

/** What the finished file is given: the source's mode, its time, both or none. */
export interface KeepFacts {
  readonly mode: boolean;
  readonly mtime: boolean;
}

const IN_FLIGHT = 32;

/**
 * Copies a file, continuing a part that an earlier call left. What breaks off is left for the next one.
 * @throws CubicError "transfer-failed", "ssh-failed" when the guest has no SFTP, "interrupted".
 */
export async function copyResumed(
  copy: ResumableCopy,
  keep: KeepFacts,
  operation: Operation,
): Promise<{ readonly bytes: number; readonly route: "sftp"; readonly resumedAt: number }> {
  return await withResumeSession(copy, operation, async (session, op) => {
    const resumedAt = await resumeFile(session, copy, keep, op);
    if (resumedAt > 0) op.report({ kind: "note", text: `Resumed at byte ${resumedAt}` });
    const { size } = copy.source;
    op.report({ kind: "bytes", label: copy.label, done: size, total: size });
    return { bytes: size, route: "sftp", resumedAt };
  });
}

/**
 * Opens SFTP for a copy between the host and one guest, bounded in time, and gives its errors words.
 * @throws CubicError "transfer-failed", "ssh-failed" when the guest has no SFTP, "interrupted".
 */
export async function withResumeSession<T>(
  { from, to, label, target }: ResumableCopy,
  operation: Operation,
  work: (session: ResumeSession, op: RouteOperation) => Promise<T>,
): Promise<T> {
  const connection = from.side === "guest" ? from.connection : to.side === "guest" && to.connection;
  if (!connection) throw new TypeError("one side is a guest");
  return await withStallLimit(operation, label, async (op) => {
    using sftp = await connection.sftp();
    op.signal.addEventListener("abort", () => sftp.abandon(), { once: true });
    try {
      return await work({ connection, sftp }, op);
    } catch (error) {
      if (operation.signal.aborted) throw interrupted();
      const directory = to.side === "guest" ? posix.dirname(target) : "/";
      throw await orLost(connection, label, await explainWrite(sftp, target, directory, error));
    }
  });
}

/** Copies a file or the rest of it, and puts it in its place; returns the byte at which it went on. */
export async function resumeFile(
  session: ResumeSession,
  copy: ResumableCopy,
  keep: KeepFacts,
  op: RouteOperation,
): Promise<number> {
  return copy.from.side === "host"
    ? await upload(session, copy, keep, op)
    : await download(session, copy, keep, op);
}

async function upload(
  { connection, sftp }: ResumeSession,
  { source, target }: ResumableCopy,
  keep: KeepFacts,
  op: RouteOperation,
): Promise<number> {
  const part = resumablePart(target);
  const there = await sftp.stat(part).then(({ size }) => size, () => 0);
  const start = await equalPrefix(connection, part, source.path, there, source.size);
  using file = await Deno.open(source.path, { read: true });
  await file.seek(start, Deno.SeekMode.Start);
  const handle = await sftp.open(part, start > 0 ? "r+" : "w", source.mode & 0o777);
  const pending: Promise<void>[] = [];
  try {
    for (let at = start; at < source.size;) {
      const piece = new Uint8Array(Math.min(SFTP_WRITE_SIZE, source.size - at));
      const count = await file.read(piece);
      if (count === null) throw shrank(source.path);
      if (pending.length >= IN_FLIGHT) await pending.shift();
      if (op.signal.aborted) throw interrupted();
      const end = at + count;
      const done = sftp.write(handle, piece.subarray(0, count), at).then(() =>
        op.moved(end, source.size)
      );
      done.catch(() => {}); // Looked at when its turn comes.
      pending.push(done);
      at = end;
    }
    for (const done of pending) await done;
  } finally {
    await Promise.allSettled(pending);
    await sftp.close(handle).catch(() => {});
  }
  const { size, mode } = await sftp.stat(part);
  if (size !== source.size) throw guestFailure(target, `${size} of ${source.size} bytes arrived`);
  const replaced = await sftp.stat(target).catch(() => undefined);
  if (keep.mode || keep.mtime || replaced) {
    const mtime = keep.mtime ? sftpTime(source.mtime) : undefined;
    const wanted = keep.mode ? source.mode : replaced?.mode ?? mode;
    await sftp.setFacts(part, wanted & 0o7777, mtime);
  }
  await sftp.rename(part, target);
  return start;
}

/** SFTP has times from 1970 to 2106 only. */
export function sftpTime(mtime: number): number {
  return Math.min(Math.max(0, mtime), 2 ** 32 - 1);
}

async function download(
  { connection, sftp }: ResumeSession,
  { source, target }: ResumableCopy,
  keep: KeepFacts,
  op: RouteOperation,
): Promise<number> {
  const part = resumablePart(target);
  const there = (await statIfThere(part))?.size ?? 0;
  const start = await equalPrefix(connection, source.path, part, there, source.size);
  try {
    using file = await Deno.open(part, { write: true, create: true, mode: source.mode & 0o777 });
    await file.truncate(start);
    await file.seek(start, Deno.SeekMode.Start);
    await receive(sftp, file, source, start, op);
    await file.sync();
    const replaced = await statIfThere(target);
    const wanted = keep.mode ? source.mode : replaced?.mode;
    if (typeof wanted === "number") await Deno.chmod(part, wanted & 0o7777);
    if (keep.mtime) await Deno.utime(part, source.mtime, source.mtime);
    await Deno.rename(part, target);
  } catch (error) {
    if (op.signal.aborted) throw interrupted();
    throw statusOf(error) === undefined ? describeFailure(`write "${target}"`, error) : error;
  }
  return start;
}

async function receive(
  sftp: SftpSession,
  file: Deno.FsFile,
  { path, size }: Found,
  start: number,
  op: RouteOperation,
): Promise<void> {
  const handle = await sftp.open(path, "r");
  const pending: { at: number; into: Uint8Array; count: Promise<number> }[] = [];
  let asked = start;
  try {
    for (let got = start; got < size;) {
      while (asked < size && pending.length < IN_FLIGHT) {
        const into = new Uint8Array(Math.min(SFTP_READ_SIZE, size - asked));
        const count = sftp.read(handle, into, asked);
        count.catch(() => {}); // Looked at when its turn comes.
        pending.push({ at: asked, into, count });
        asked += into.length;
      }
      const { at, into, count } = pending.shift()!;
      for (let have = await count; have < into.length;) {
        const more = await sftp.read(handle, into.subarray(have), at + have);
        if (more === 0) throw shrank(path);
        have += more;
      }
      if (op.signal.aborted) throw interrupted();
      for (let rest = into; rest.length > 0;) rest = rest.subarray(await file.write(rest));
      got += into.length;
      op.moved(got, size);
    }
  } finally {
    await Promise.allSettled(pending.map(({ count }) => count));
    await sftp.close(handle).catch(() => {});
  }
}

/** How many bytes of the part can stay: all when they are the source's beginning, else none. */
async function equalPrefix(
  connection: SshConnection,
  inGuest: string,
  onHost: string,
  there: number,
  size: number,
): Promise<number> {
  if (there === 0 || there > size) return 0;
  const [guest, host] = await Promise.all([
    prefixInGuest(connection, inGuest, there),
    digestOfFile(onHost, there),
  ]);
  return guest === host ? there : 0;
}

async function prefixInGuest(
  connection: SshConnection,
  path: string,
  length: number,
): Promise<string | undefined> {
  const script = `head -c "$2" "$1" | sha256sum`;
  const process = await connection.start(
    quoteCommand(["sh", "-c", script, "sh", path, `${length}`]),
  );
  process.end();
  const [stdout] = await Promise.all([process.stdout.text(), process.stderr.text()]);
  return /([0-9a-f]{64})/.exec(stdout)?.[1];
}

/** The same name each time, and never too long. */
function resumablePart(target: string): string {
  const digest = createHash("sha256").update(target).digest("hex").slice(0, 16);
  return join(dirname(target), `.cubic-${digest}.resume.part`);
}
