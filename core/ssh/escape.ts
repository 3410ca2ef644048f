/**
 * The escape keys of an interactive session, as ssh(1) has them: at the start of a line `~.` detaches, `~~`
 * sends one tilde, `~?` lists them; any other key after the tilde is passed on together with it.
 */

/** What a piece of typed input amounts to. */
export type EscapeEvent =
  /** Bytes for the guest. */
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  /** `~.`: leave the session; nothing that was typed after it counts. */
  | { readonly kind: "detach" }
  /** `~?`: show {@linkcode ESCAPE_HELP}. */
  | { readonly kind: "help" };

/** Where the decoder stands between two pieces of input. */
export type EscapeState = "line-start" | "tilde" | "middle";

/** The state at the start of a session. */
export const INITIAL_ESCAPE_STATE: EscapeState = "line-start";

/** The text to show for `~?`; line ends fit a terminal in raw mode. */
export const ESCAPE_HELP = [
  "",
  "Escape keys (only at the start of a line):",
  "  ~.  leave this session",
  "  ~~  send one tilde",
  "  ~?  show this list",
  "",
].join("\r\n");

const TILDE = 0x7e;
const DOT = 0x2e;
const QUESTION = 0x3f;
const CR = 0x0d;
const LF = 0x0a;

/** Decodes the next piece of input; a pure function of state and bytes. */
export function decodeEscapes(
  state: EscapeState,
  input: Uint8Array,
): { readonly state: EscapeState; readonly events: readonly EscapeEvent[] } {
  const events: EscapeEvent[] = [];
  let pending: number[] = [];
  const flush = (): void => {
    if (pending.length > 0) events.push({ kind: "data", bytes: Uint8Array.from(pending) });
    pending = [];
  };
  for (const byte of input) {
    if (state === "line-start" && byte === TILDE) {
      state = "tilde";
      continue;
    }
    if (state === "tilde") {
      if (byte === DOT) {
        flush();
        return { state: "middle", events: [...events, { kind: "detach" }] };
      }
      if (byte === QUESTION) {
        flush();
        events.push({ kind: "help" });
        state = "line-start";
        continue;
      }
      // The tilde was held back until now; a second one stands for itself.
      pending.push(TILDE);
      if (byte === TILDE) {
        state = "middle";
        continue;
      }
    }
    pending.push(byte);
    state = byte === CR || byte === LF ? "line-start" : "middle";
  }
  flush();
  return { state, events };
}
