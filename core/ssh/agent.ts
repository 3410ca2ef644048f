/** The user's ssh-agent, which a session may use when the user says so (OpenSSH's PROTOCOL.agent). */
import { CubicError } from "../errors.ts";

/**
 * The socket of the agent that is to be lent to a guest. Whoever is root there can use its keys while the session
 * lasts, so it is never lent unasked.
 * @throws CubicError "failed" when there is no agent.
 */
export async function requireAgent(socket: string | undefined): Promise<string> {
  if (socket === undefined) throw noAgent("SSH_AUTH_SOCK is not set");
  try {
    (await Deno.connect({ transport: "unix", path: socket })).close();
    return socket;
  } catch (error) {
    throw noAgent(`nothing listens on ${socket}`, error);
  }
}

function noAgent(why: string, cause?: unknown): CubicError {
  return new CubicError("failed", `Cannot lend the guest your ssh-agent: ${why}`, {
    hint: 'Start one with `eval "$(ssh-agent)"` and `ssh-add`, or leave -A out.',
    cause,
  });
}
