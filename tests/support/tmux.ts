/** A terminal as a person uses it: tmux runs the program, keys are typed, the screen is read. */
import { eventually } from "./sandbox.ts";

/** A terminal session. */
export interface TerminalSession extends AsyncDisposable {
  /** Types text as it is, then the named keys: `type("ls", "Enter")`. */
  type(text: string, ...keys: string[]): Promise<void>;
  /** The screen's text. */
  screen(): Promise<string>;
  /** Waits until the screen shows something. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
}

/** Opens an 80×24 terminal with a POSIX shell in that directory; `env` is the shell's whole environment. */
export async function openTerminal(
  directory: string,
  env: Readonly<Record<string, string>>,
): Promise<TerminalSession> {
  // A server of its own: nobody's configuration, nobody's sessions.
  const socket = `cubic-test-${crypto.randomUUID().slice(0, 8)}`;
  const tmux = async (...args: string[]): Promise<string> => {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-L", socket, "-f", "/dev/null", ...args],
      clearEnv: true,
      // The server gives its own environment to its shells.
      env: { ...env, TMUX: "", TERM: "xterm-256color" },
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(`tmux ${args.join(" ")}: ${text.decode(stderr)}`);
    return text.decode(stdout);
  };
  await tmux("new-session", "-d", "-x", "80", "-y", "24", "-c", directory, "sh");
  await tmux("set-option", "-g", "window-size", "manual");
  const screen = (): Promise<string> => tmux("capture-pane", "-p", "-S", "-200");
  return {
    async type(text, ...keys) {
      if (text !== "") await tmux("send-keys", "-l", text);
      if (keys.length > 0) await tmux("send-keys", ...keys);
    },
    screen,
    async waitFor(pattern, timeoutMs = 30_000) {
      let seen = "";
      try {
        await eventually(
          String(pattern),
          async () => pattern.test(seen = await screen()),
          timeoutMs,
        );
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : error}; the screen:\n${seen}`);
      }
      return seen;
    },
    resize: async (columns, rows) =>
      void await tmux("resize-window", "-x", String(columns), "-y", String(rows)),
    async [Symbol.asyncDispose]() {
      await tmux("kill-server").catch(() => {});
    },
  };
}
