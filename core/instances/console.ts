/** Attaching to the serial console of a running guest. */
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import { decodeEscapes, type EscapeState, INITIAL_ESCAPE_STATE } from "../ssh/escape.ts";
import { stoppedError } from "./connect.ts";
import { connectQmp } from "../qemu/qmp.ts";
import { inspectInstance, type RunningFacts } from "./inspect.ts";
import { readInstance } from "./store.ts";

/** The terminal to connect; who calls has put it into raw mode and restores it. */
export interface ConsoleStreams {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdout: WritableStream<Uint8Array>;
  /** Shows the list of escapes. */
  readonly notice: (text: string) => void;
  readonly help: string;
}

/** How a console session ended. */
export type ConsoleEnd = "detached" | "stopped" | "input-ended";

/**
 * Relays bytes until the user types Enter `~` `.`, the input ends or QEMU goes away. What the console said before
 * is in its log.
 * @throws CubicError "instance-not-found", "instance-stopped", "locked" when somebody else is attached.
 */
export async function attachConsole(
  app: App,
  name: string,
  streams: ConsoleStreams,
  signal: AbortSignal,
): Promise<ConsoleEnd> {
  await readInstance(app.paths, name);
  const { running } = await inspectInstance(app, name);
  if (!running) throw stoppedError(name);
  await requireNobodyAttached(name, running);
  const socket = await openConsole(name, running.consoleSocket);
  const close = (): void => closeQuietly(socket);
  signal.addEventListener("abort", close, { once: true });
  const ended = Promise.withResolvers<ConsoleEnd>();
  const input = streams.stdin.getReader();
  try {
    passOutput(socket, streams.stdout).then(() => ended.resolve("stopped"), ended.reject);
    passInput(input, socket, streams).then(ended.resolve, () => ended.resolve("stopped"));
    return await ended.promise;
  } finally {
    signal.removeEventListener("abort", close);
    close();
    // Frees the terminal for whoever reads next, without waiting for a key.
    await input.cancel().catch(() => {});
  }
}

/** QEMU serves one client and lets the next one wait without a word, so it is asked before. */
async function requireNobodyAttached(
  name: string,
  { qmpSocket, consoleSocket }: RunningFacts,
): Promise<void> {
  await using qmp = await connectQmp(qmpSocket);
  const devices = await qmp.execute("query-chardev") as readonly { readonly filename: string }[];
  const device = devices.find(({ filename }) => filename.includes(consoleSocket));
  if (!device || device.filename.startsWith("disconnected:")) return;
  throw new CubicError("locked", `Cannot attach to the console of "${name}": somebody else is`, {
    hint: `\`cubic logs -f ${name}\` shows what it says meanwhile.`,
  });
}

async function openConsole(name: string, path: string): Promise<Deno.UnixConn> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    throw new CubicError("failed", `Cannot attach to the console of "${name}"`, {
      hint: "Its socket is gone; `cubic doctor` tells more, a restart makes it anew.",
      details: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

async function passOutput(
  socket: Deno.UnixConn,
  stdout: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = stdout.getWriter();
  const buffer = new Uint8Array(16 * 1024);
  try {
    while (true) {
      const count = await socket.read(buffer).catch(() => null);
      if (count === null) return;
      await writer.write(buffer.slice(0, count));
    }
  } finally {
    writer.releaseLock();
  }
}

async function passInput(
  input: ReadableStreamDefaultReader<Uint8Array>,
  socket: Deno.UnixConn,
  { notice, help }: ConsoleStreams,
): Promise<ConsoleEnd> {
  let state: EscapeState = INITIAL_ESCAPE_STATE;
  while (true) {
    const { done, value } = await input.read();
    if (done) return "input-ended";
    const decoded = decodeEscapes(state, value);
    state = decoded.state;
    for (const event of decoded.events) {
      if (event.kind === "detach") return "detached";
      if (event.kind === "help") notice(help);
      else await writeAll(socket, event.bytes);
    }
  }
}

async function writeAll(socket: Deno.UnixConn, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await socket.write(rest));
}

function closeQuietly(socket: Deno.UnixConn): void {
  try {
    socket.close();
  } catch {
    // Closed by QEMU's end already.
  }
}
