/** What both ends of a tree over SFTP share. */
import { CubicError } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { SFTP_STATUS, SFTP_WRITE_SIZE, type SftpSession } from "../../ssh/sftp.ts";
import { guestFailure } from "../guest_failure.ts";
import { printable } from "../printable.ts";
import type { StreamResult } from "./stream.ts";

/** Opens a session that does not outlive an abort by more than two seconds. */
export async function openSession(
  connection: SshConnection,
  signal: AbortSignal,
): Promise<StreamResult<SftpSession>> {
  try {
    const sftp = await connection.sftp();
    signal.addEventListener("abort", () => setTimeout(() => sftp.abandon(), 2000), { once: true });
    return { kind: "ready", value: sftp };
  } catch (error) {
    if (connection.lost || !(error instanceof CubicError)) throw error;
    return { kind: "unavailable", reason: printable(error.message) };
  }
}

/** The error for a request that a server refused. */
export function explain(path: string, error: unknown): CubicError {
  if (error instanceof CubicError) return error;
  const code = statusOf(error);
  if (code === SFTP_STATUS.permissionDenied) {
    return guestFailure(printable(path), "permission denied");
  }
  if (code === SFTP_STATUS.noSuchFile) {
    return guestFailure(printable(path), "there is no such file in the guest");
  }
  const text = error instanceof Error ? error.message : String(error);
  return guestFailure(printable(path), `the guest's SFTP server says "${printable(text)}"`);
}

/**
 * The error for a request to write. A server says "Failure" for a full disk, for one that can't be written, and for much
 * else, so the directory's file system is asked for: before what was written is removed.
 */
export async function explainWrite(
  sftp: SftpSession,
  path: string,
  directory: string,
  error: unknown,
): Promise<CubicError> {
  if (statusOf(error) === SFTP_STATUS.failure) {
    const disk = await sftp.fileSystem(directory);
    if (disk?.readOnly) return guestFailure(printable(path), "Read-only file system");
    if (disk && disk.free < SFTP_WRITE_SIZE) {
      return guestFailure(printable(path), "No space left");
    }
  }
  return explain(path, error);
}

/** The status number of a server's answer; undefined for what is none. */
export function statusOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
