/** Removing what is half done in the guest when nobody is left who could ask for it. */
import type { SshConnection } from "../ssh/client.ts";
import type { RemoteProcess } from "../ssh/process.ts";
import { quoteCommand } from "../ssh/quote.ts";

/**
 * Its input ends when we close it, when we are killed, and when the connection dies. Twice, because an SFTP server
 * first carries out all that it was sent. By the shell's own means: where a program to wait with is missing, it would
 * remove the file at once.
 */
const SCRIPT =
  `trap '' HUP INT TERM; while read -r x; do :; done; rm -rf "$1"; sleep 1; rm -rf "$1"`;

/**
 * Has a shell of the guest wait until this is disposed of or the connection is lost, and then remove the path if it
 * is still there. To be waited for before anything is made there: a connection that was lost in between would leave
 * that for good. Does nothing in a guest without a shell.
 */
export async function guardPart(connection: SshConnection, path: string): Promise<Disposable> {
  const guard = await startGuard(connection, path);
  return { [Symbol.dispose]: () => guard?.close() };
}

async function startGuard(
  connection: SshConnection,
  path: string,
): Promise<RemoteProcess | undefined> {
  try {
    const process = await connection.start(quoteCommand(["sh", "-c", SCRIPT, "sh", path]));
    process.stdout.discard();
    process.stderr.discard();
    return process;
  } catch {
    // What the guest lacks here it has to be told over SFTP.
    return undefined;
  }
}
