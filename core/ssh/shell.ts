/** An interactive session: a login shell or a command on a terminal, which `~.` leaves. */
import type { SshConnection } from "./client.ts";
import { decodeEscapes, ESCAPE_HELP, type EscapeState, INITIAL_ESCAPE_STATE } from "./escape.ts";
import { type InputFilter, passInput, runSession, type SessionRequest } from "./session.ts";

/** An interactive session; who calls has put the terminal into raw mode and restores it. */
export interface ShellRequest extends SessionRequest {
  readonly stdin: ReadableStream<Uint8Array>;
  /** Where `~?` writes its list: the terminal, past the session's output. */
  readonly notice: (text: string) => void;
}

/** How a session ended. */
export type ShellEnd =
  | { readonly kind: "exited"; readonly code: number }
  /** By `~.`; the guest's shell was hung up. */
  | { readonly kind: "detached" };

/**
 * Runs an interactive session to its end.
 * @throws CubicError "ssh-failed" when the connection breaks, "interrupted" when aborted.
 */
export async function shell(connection: SshConnection, request: ShellRequest): Promise<ShellEnd> {
  const code = await runSession(connection, request, escapeFilter(request.notice));
  return code === undefined ? { kind: "detached" } : { kind: "exited", code };
}

function escapeFilter(notice: (text: string) => void): InputFilter {
  let state: EscapeState = INITIAL_ESCAPE_STATE;
  return async (input, process) => {
    if (input === undefined) {
      // A tilde that was held back has nothing to wait for any more.
      if (state === "tilde") await process.write(Uint8Array.of(0x7e));
      return await passInput(undefined, process);
    }
    const decoded = decodeEscapes(state, input);
    state = decoded.state;
    for (const event of decoded.events) {
      if (event.kind === "detach") return "stop";
      if (event.kind === "help") notice(ESCAPE_HELP);
      else if (!await process.write(event.bytes)) return "done";
    }
    return "go-on";
  };
}
