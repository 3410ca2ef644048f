/** A terminal as a person uses it: tmux runs the program, keys are typed, the screen is read. */
import { realHost } from "../../core/host.ts";
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

/** Opens an 80×24 terminal with a POSIX shell in that directory; `env` is exported there. */
export async function openTerminal(
  directory: string,
  env: Record<string, string>,
): Promise<TerminalSession> {
  // A server of its own: nobody's configuration, nobody's sessions.
  const socket = `cubic-test-${crypto.randomUUID().slice(0, 8)}`;
  const tmux = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await realHost().run(
      "tmux",
      ["-L", socket, "-f", "/dev/null", ...args],
      { env: { TMUX: "", TERM: "xterm-256color" } },
    );
    if (code !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const exports = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  await tmux("new-session", "-d", "-x", "80", "-y", "24", "-c", directory, ...exports, "sh");
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
