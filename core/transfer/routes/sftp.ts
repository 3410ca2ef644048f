/**
 * SFTP with many requests in flight: for guests without scp. Not ssh2's fastPut: its requests split badly, and
 * it never ends when the source shrinks.
 */
import { posix } from "node:path";
import { CubicError, interrupted } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import {
  SFTP_READ_SIZE,
  SFTP_WRITE_SIZE,
  type SftpHandle,
  type SftpSession,
} from "../../ssh/sftp.ts";
import { guestFailure } from "../guest_failure.ts";
import { guardPart } from "../guest_guard.ts";
import { shrank } from "../local_source.ts";
import { partPath } from "../part_path.ts";
import { printable } from "../printable.ts";
import { explain, explainWrite } from "./sftp_session.ts";
import type { DownloadJob, Route, RouteOperation, RouteResult, UploadJob } from "../route.ts";

/** The SFTP route. */
export const sftpRoute: Route = { name: "sftp", upload, download };

/** Requests in flight: 8 MiB at most, more than any local link needs. */
const IN_FLIGHT = 32;

/** Milliseconds an aborted transfer may take to remove its part file. */
const ABORT_GRACE_MS = 2000;

async function upload(
  connection: SshConnection,
  job: UploadJob,
  op: RouteOperation,
): Promise<RouteResult> {
  return await withSftp(connection, job.path, op, async (sftp) => {
    const part = job.inPlace ? job.path : partPath(job.path);
    using _guard = job.inPlace ? undefined : await guardPart(connection, part);
    const directory = posix.dirname(part);
    const handle = await sftp.open(part, job.inPlace ? "w" : "wx", job.mode).catch(
      async (error) => Promise.reject(await explainWrite(sftp, job.path, directory, error)),
    );
    try {
      await send(sftp, handle, job, op);
      if (!job.useUmask) await sftp.chmod(handle, job.mode);
      const { size } = await sftp.fstat(handle);
      if (!job.inPlace && size !== job.source.size) {
        throw guestFailure(job.path, `${size} of ${job.source.size} bytes arrived`);
      }
      await sftp.close(handle);
      if (!job.inPlace) await sftp.rename(part, job.path);
    } catch (error) {
      const reason = await explainWrite(sftp, job.path, directory, error);
      await sftp.close(handle).catch(() => {});
      if (!job.inPlace) await sftp.unlink(part).catch(() => {});
      throw reason;
    }
    return { kind: "done", bytes: job.source.size };
  });
}

async function send(
  sftp: SftpSession,
  handle: SftpHandle,
  { source }: UploadJob,
  op: RouteOperation,
): Promise<void> {
  const pending: Promise<void>[] = [];
  let position = 0;
  let confirmed = 0;
  try {
    for await (const chunk of source.chunks(4 * SFTP_WRITE_SIZE)) {
      for (let at = 0; at < chunk.length; at += SFTP_WRITE_SIZE) {
        const piece = chunk.subarray(at, at + SFTP_WRITE_SIZE);
        if (pending.length >= IN_FLIGHT) await pending.shift();
        if (op.signal.aborted) throw interrupted();
        const done = sftp.write(handle, piece, position).then(() => {
          confirmed += piece.length;
          op.moved(confirmed, source.size);
        });
        done.catch(() => {}); // Looked at when its turn comes.
        pending.push(done);
        position += piece.length;
      }
    }
    for (const done of pending) await done;
  } finally {
    await Promise.allSettled(pending);
  }
}

async function download(
  connection: SshConnection,
  job: DownloadJob,
  op: RouteOperation,
): Promise<RouteResult> {
  return await withSftp(connection, job.path, op, async (sftp) => {
    const handle = await sftp.open(job.path, "r");
    try {
      return { kind: "done", bytes: await receive(sftp, handle, job, op) };
    } finally {
      await sftp.close(handle).catch(() => {});
    }
  });
}

/** A read under way; `count` rejects with the server's error. */
interface PendingRead {
  readonly position: number;
  readonly into: Uint8Array;
  readonly count: Promise<number>;
}

async function receive(
  sftp: SftpSession,
  handle: SftpHandle,
  job: DownloadJob,
  op: RouteOperation,
): Promise<number> {
  const { size } = await sftp.fstat(handle);
  const pending: PendingRead[] = [];
  const free: Uint8Array[] = [];
  let asked = 0;
  let got = 0;
  const ask = (): void => {
    const buffer = free.pop() ?? new Uint8Array(Math.min(SFTP_READ_SIZE, size));
    const into = buffer.subarray(0, Math.min(SFTP_READ_SIZE, size - asked));
    const count = sftp.read(handle, into, asked);
    count.catch(() => {}); // Looked at when its turn comes.
    pending.push({ position: asked, into, count });
    asked += into.length;
  };
  try {
    while (got < size) {
      while (asked < size && pending.length < IN_FLIGHT) ask();
      const read = pending.shift()!;
      await complete(sftp, handle, read, job.path);
      if (op.signal.aborted) throw interrupted();
      await job.sink.write(read.into);
      got += read.into.length;
      free.push(new Uint8Array(read.into.buffer));
      op.moved(got, size);
    }
  } finally {
    await Promise.allSettled(pending.map(({ count }) => count));
  }
  return got;
}

/** Waits for a read, and asks again for what a server with smaller limits left out. */
async function complete(
  sftp: SftpSession,
  handle: SftpHandle,
  { position, into, count }: PendingRead,
  path: string,
): Promise<void> {
  for (let at = await count; at < into.length;) {
    const more = await sftp.read(handle, into.subarray(at), position + at);
    if (more === 0) throw shrank(path);
    at += more;
  }
}

async function withSftp(
  connection: SshConnection,
  path: string,
  { signal }: RouteOperation,
  work: (sftp: SftpSession) => Promise<RouteResult>,
): Promise<RouteResult> {
  let sftp: SftpSession;
  try {
    sftp = await connection.sftp();
  } catch (error) {
    if (connection.lost || !(error instanceof CubicError)) throw error;
    return { kind: "unavailable", reason: printable(error.message) };
  }
  // Tidying up needs answers; a server that gives none must not keep us.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => void (timer = setTimeout(() => sftp.abandon(), ABORT_GRACE_MS));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(sftp);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explain(path, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    sftp[Symbol.dispose]();
  }
}
