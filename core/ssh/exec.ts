/** Running one command in the guest the way a script needs it. */
import type { SshConnection } from "./client.ts";
import { runSession, type SessionRequest } from "./session.ts";

/** A command and its streams; {@linkcode quoteCommand} makes the line from arguments. */
export interface ExecRequest extends SessionRequest {
  readonly command: string;
}

/**
 * Runs a command through the guest's shell and returns its exit code: 0 to 255, or 128 + number when a
 * signal ended it; 141 when our own stdout is a closed pipe. Bytes pass unchanged both ways with bounded
 * memory; the end of stdin is passed on, and the command's end does not wait for more input. When the
 * signal is aborted the command gets SIGINT and shortly after loses its streams.
 * @throws CubicError "ssh-failed" when the connection breaks, "interrupted" when aborted.
 */
export async function exec(connection: SshConnection, request: ExecRequest): Promise<number> {
  return await runSession(connection, request) ?? 0;
}
