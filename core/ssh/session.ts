/** Connecting a remote command to streams: what exec and shell have in common. */
import { describeFailure, interrupted } from "../errors.ts";
import { sleep } from "../host.ts";
import type { SshConnection } from "./client.ts";
import { exitCode, type RemoteProcess, type TerminalSize } from "./process.ts";

/** Calls the listener at each change until the returned function is called. */
export type ResizeSource = (listener: (size: TerminalSize) => void) => () => void;

/** The streams of a session. They are locked while it runs, and neither closed nor cancelled after. */
export interface SessionStreams {
  /** Left out: the command finds its input at its end. */
  readonly stdin?: ReadableStream<Uint8Array>;
  readonly stdout: WritableStream<Uint8Array>;
  /** With a terminal the guest mixes it into stdout. */
  readonly stderr: WritableStream<Uint8Array>;
}

/** What a session needs. */
export interface SessionRequest extends SessionStreams {
  /** A line for the guest's shell; undefined for the login shell itself. */
  readonly command: string | undefined;
  /** Asks for a terminal of this kind and size. */
  readonly pty?: { readonly term: string } & TerminalSize;
  readonly onResize?: ResizeSource;
  readonly signal: AbortSignal;
}

/** Decides what input becomes: "done" when nobody reads any more of it, "stop" ends the session. */
export type InputFilter = (
  input: Uint8Array | undefined,
  process: RemoteProcess,
) => Promise<"go-on" | "done" | "stop">;

/** How long an interrupted command may take to end by itself. */
const INTERRUPT_GRACE_MS = 1000;

/** The exit code of a program that wrote to a closed pipe: 128 + SIGPIPE. */
const BROKEN_PIPE = 141;

/**
 * Runs a session to its end and returns the command's exit code, undefined when the filter stopped it.
 * @throws CubicError "ssh-failed", "interrupted", or "failed" when a local stream fails.
 */
export async function runSession(
  connection: SshConnection,
  request: SessionRequest,
  filter: InputFilter = passInput,
): Promise<number | undefined> {
  if (request.signal.aborted) throw interrupted();
  const process = await connection.start(request.command, request.pty);
  const unsubscribe = request.onResize?.((size) => process.resize(size));
  const over = Promise.withResolvers<undefined>();
  const onAbort = (): void => void interrupt(process).then(() => over.reject(interrupted()));
  request.signal.addEventListener("abort", onAbort, { once: true });
  const input = startInput(process, request.stdin, filter, () => over.resolve(undefined));
  try {
    return await Promise.race([over.promise, output(process, request), input.failed]);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return BROKEN_PIPE;
    throw describeFailure("pass the command's data on", error);
  } finally {
    request.signal.removeEventListener("abort", onAbort);
    unsubscribe?.();
    input.release();
    process.close();
  }
}

async function output(process: RemoteProcess, { stdout, stderr }: SessionRequest): Promise<number> {
  await Promise.all([drain(process.stdout, stdout), drain(process.stderr, stderr)]);
  return exitCode(await process.status);
}

async function drain(
  from: RemoteProcess["stdout"],
  to: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = to.getWriter();
  try {
    for (let bytes = await from.read(); bytes; bytes = await from.read()) await writer.write(bytes);
  } finally {
    writer.releaseLock();
  }
}

/** Copies input until it ends; a session that is over does not wait for the key press that never comes. */
function startInput(
  process: RemoteProcess,
  stdin: ReadableStream<Uint8Array> | undefined,
  filter: InputFilter,
  onStop: () => void,
): { readonly failed: Promise<never>; release(): void } {
  if (!stdin) {
    process.end();
    return { failed: new Promise(() => {}), release: () => {} };
  }
  const reader = stdin.getReader();
  let released = false;
  const failed = Promise.withResolvers<never>();
  const copy = async (): Promise<void> => {
    while (true) {
      const { done, value } = await reader.read();
      const verdict = await filter(done ? undefined : value, process);
      if (verdict === "stop") return onStop();
      if (done || verdict === "done") return;
    }
  };
  copy().catch((error) => released || failed.reject(error));
  return {
    failed: failed.promise,
    release: () => {
      released = true;
      reader.releaseLock();
    },
  };
}

/** The plain filter: input as it is, and its end. */
export async function passInput(
  input: Uint8Array | undefined,
  process: RemoteProcess,
): Promise<"go-on" | "done"> {
  if (input === undefined) process.end();
  else if (!await process.write(input)) return "done";
  return "go-on";
}

/** Ctrl-C without a terminal: the command is told, and loses its streams if that does not help. */
async function interrupt(process: RemoteProcess): Promise<void> {
  process.signal("INT");
  await Promise.race([process.status, sleep(INTERRUPT_GRACE_MS)]);
  process.close();
}
