/** What both ends of a tree over SFTP share. */
import { CubicError } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { SFTP_STATUS, type SftpSession } from "../../ssh/sftp.ts";
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
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === SFTP_STATUS.permissionDenied) {
    return guestFailure(printable(path), "permission denied");
  }
  const text = error instanceof Error ? error.message : String(error);
  return guestFailure(printable(path), `the guest's SFTP server says "${printable(text)}"`);
}
