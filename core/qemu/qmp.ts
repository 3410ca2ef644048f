/**
 * A client of QEMU's machine protocol (docs/interop/qmp-spec.rst): JSON objects, one a line, over a unix socket.
 * The socket serves one client at a time, so connections are short and every answer has a deadline.
 */
import { CubicError } from "../errors.ts";

/** Milliseconds to wait for the greeting or an answer; a loaded host may take seconds. */
const DEADLINE_MS = 10_000;

/** An open connection. */
export interface Qmp extends AsyncDisposable {
  /**
   * Runs a command and returns what it returned.
   * @throws CubicError "qmp-failed" when QEMU refuses, does not answer in time or goes away.
   */
  execute(command: string, args?: Record<string, unknown>): Promise<unknown>;
  close(): void;
}

/** How the guest's processors are, in QEMU's words (RunState in qapi/run-state.json). */
export interface RunState {
  readonly status: string;
  readonly running: boolean;
}

interface Message {
  readonly QMP?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/**
 * Connects and leaves the negotiation mode.
 * @throws CubicError "qmp-failed" when nothing listens or nobody answers in time.
 */
export async function connectQmp(path: string, deadlineMs = DEADLINE_MS): Promise<Qmp> {
  const socket = await openSocket(path);
  const messages = readMessages(socket);
  const wait = (what: string, wanted: (message: Message) => boolean): Promise<Message> =>
    waitFor(messages, socket, { what, wanted, deadlineMs });
  let id = 0;
  const qmp: Qmp = {
    async execute(command, args) {
      const request = { execute: command, ...(args && { arguments: args }), id: ++id };
      await send(socket, JSON.stringify(request) + "\n", command);
      const { error, return: result } = await wait(command, (message) => message.id === request.id);
      if (!error) return result;
      throw new CubicError("qmp-failed", `Cannot make QEMU "${command}": ${error.desc}`, {
        hint: "`cubic logs NAME --qemu` shows what QEMU said.",
      });
    },
    close: () => closeQuietly(socket),
    [Symbol.asyncDispose]: () => Promise.resolve(closeQuietly(socket)),
  };
  try {
    await wait("greeting", (message) => message.QMP !== undefined);
    await qmp.execute("qmp_capabilities");
    return qmp;
  } catch (error) {
    qmp.close();
    throw error;
  }
}

/** How the machine is. */
export async function queryStatus(qmp: Qmp): Promise<RunState> {
  const { status, running } = await qmp.execute("query-status") as RunState;
  return { status, running };
}

/** True when a QEMU has that socket, even if it is too busy to answer. */
export async function isListening(path: string | undefined): Promise<boolean> {
  if (path === undefined) return false;
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    // Anything else, such as a queue that is full, is no proof that nobody is there.
    return !(error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.ConnectionRefused);
  }
}

async function openSocket(path: string): Promise<Deno.Conn> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    throw new CubicError("qmp-failed", `Cannot reach QEMU: nothing listens on ${path}`, {
      cause: error,
    });
  }
}

async function* readMessages(socket: Deno.Conn): AsyncGenerator<Message> {
  let rest = "";
  for await (const text of socket.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim() !== "") yield JSON.parse(line) as Message;
    }
  }
}

interface Awaited {
  readonly what: string;
  readonly wanted: (message: Message) => boolean;
  readonly deadlineMs: number;
}

/** The message that is wanted; events and anything else before it are passed over. One deadline for all. */
async function waitFor(
  messages: AsyncGenerator<Message>,
  socket: Deno.Conn,
  { what, wanted, deadlineMs }: Awaited,
): Promise<Message> {
  let late = false;
  // Closing the socket ends the read that is waiting.
  const timer = setTimeout(() => {
    late = true;
    closeQuietly(socket);
  }, deadlineMs);
  try {
    while (true) {
      const { done, value } = await messages.next();
      if (done) break;
      if (wanted(value)) return value;
    }
  } catch (error) {
    if (!late) throw gone(what, error);
  } finally {
    clearTimeout(timer);
  }
  if (!late) throw gone(what);
  throw new CubicError("qmp-failed", `Cannot reach QEMU: no ${what} in ${deadlineMs} ms`, {
    hint: "It may be stopped or very busy; `cubic show` tells its pid.",
  });
}

function gone(what: string, cause?: unknown): CubicError {
  const why = cause instanceof SyntaxError ? "it does not speak QMP" : "it went away";
  return new CubicError("qmp-failed", `Cannot get an answer to "${what}" from QEMU: ${why}`, {
    cause,
  });
}

async function send(socket: Deno.Conn, text: string, what: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(await socket.write(bytes));
  } catch (error) {
    throw gone(what, error);
  }
}

function closeQuietly(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch {
    // Already closed by the other side or by the deadline.
  }
}
