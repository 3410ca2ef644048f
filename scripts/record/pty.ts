/** A shell in a terminal of its own, made by script(1) of util-linux: keys go in, what it prints is kept. */
import type { CastEvent } from "./cast.ts";

/** How long a guest may take for a line. */
const PATIENCE_MS = 6 * 60_000;
const LOOK_MS = 20;
/** Letters of what there is instead of an answer. */
const SHOWN = 400;

/** A shell that is typed to. */
export interface Shell extends AsyncDisposable {
  /** Presses keys, at once. */
  press(keys: string): Promise<void>;
  /**
   * Waits until what was printed ends as the test wants it, without what paints and moves the cursor, and takes it:
   * what came since the last time, timed from then.
   */
  take(ended: (text: string) => boolean, patienceMs?: number): Promise<readonly CastEvent[]>;
}

/** Opens one in that directory, with that environment and no other. */
export function openShell(
  directory: string,
  env: Readonly<Record<string, string>>,
  size: { readonly width: number; readonly height: number },
): Shell {
  const shell = `stty cols ${size.width} rows ${size.height}; exec sh`;
  const process = new Deno.Command("script", {
    args: ["--quiet", "--flush", "--echo", "always", "--command", shell, "/dev/null"],
    ...{ cwd: directory, env: { ...env, SHELL: "/bin/sh" }, clearEnv: true },
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  const keyboard = process.stdin.getWriter();
  const press = (keys: string): Promise<void> => keyboard.write(new TextEncoder().encode(keys));
  let events: CastEvent[] = [];
  let since = performance.now();
  let closed = false;
  const printed = collect(process.stdout, (text) => {
    events.push({ time: (performance.now() - since) / 1000, text });
  }).finally(() => closed = true);
  return {
    press,
    async take(ended, patienceMs = PATIENCE_MS) {
      const deadline = performance.now() + patienceMs;
      while (!ended(plainText(events))) {
        if (performance.now() > deadline) {
          const seen = JSON.stringify(plainText(events).slice(-SHOWN));
          throw new Error(`Cannot wait longer for an answer; there is ${seen}`);
        }
        if (closed) throw new Error("Cannot go on: the shell ended");
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      const taken = events;
      events = [];
      since = performance.now();
      return taken;
    },
    async [Symbol.asyncDispose]() {
      // Ctrl-C for whatever may still run.
      await press("\x03exit\n");
      await keyboard.close();
      await Promise.all([printed, process.status]);
    },
  };
}

async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}

/** What was printed, as letters and line ends. */
function plainText(events: readonly CastEvent[]): string {
  // deno-lint-ignore no-control-regex -- control sequences are what is left out
  const controls = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\r/g;
  return events.map(({ text }) => text).join("").replace(controls, "");
}
