/** Telling a lost connection from what else goes wrong because of it. */
import { CubicError } from "../errors.ts";
import { sleep } from "../host.ts";
import type { SshConnection } from "../ssh/client.ts";

/** A server that is killed closes its channels a moment before the connection. */
const LAST_WORDS_MS = 100;

/**
 * The error of a copy that ended over this connection: that it was lost, which explains whatever else went wrong, or
 * the error itself. `what` is named in the message.
 */
export async function orLost(
  connection: SshConnection,
  what: string,
  error: unknown,
): Promise<unknown> {
  await Promise.race([connection.closed, sleep(LAST_WORDS_MS)]);
  if (!connection.lost) return error;
  return new CubicError(
    "ssh-failed",
    `Cannot copy "${what}": the connection to the guest was lost`,
    {
      hint: "`cubic instances` shows whether the machine still runs.",
      cause: error,
    },
  );
}
