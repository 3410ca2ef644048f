/** The real terminal: the program's own standard streams. */
import type { Terminal } from "./ui.ts";

/** The standard streams of this process. */
export function realTerminal(): Terminal {
  return {
    writeOut: (bytes) => writeAll(Deno.stdout, bytes),
    writeErr: (bytes) => writeAllSync(bytes),
    stdinIsTerminal: Deno.stdin.isTerminal(),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrIsTerminal: Deno.stderr.isTerminal(),
    columns: () => terminalSize()?.columns ?? 0,
    rows: () => terminalSize()?.rows ?? 0,
    readLine,
    env: (name) => Deno.env.get(name) || undefined,
  };
}

/** The size of the terminal; undefined when there is none or it does not tell. */
export function terminalSize(): { readonly columns: number; readonly rows: number } | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** Standard input, output and error as a session takes them. */
export function standardStreams(): {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdout: WritableStream<Uint8Array>;
  readonly stderr: WritableStream<Uint8Array>;
} {
  return {
    stdin: Deno.stdin.readable,
    stdout: Deno.stdout.writable,
    stderr: Deno.stderr.writable,
  };
}

/**
 * Runs a session with the terminal in raw mode and puts it back whatever happens: also when the program is ended
 * by a signal.
 */
export async function withRawTerminal<Result>(session: () => Promise<Result>): Promise<Result> {
  const restore = (): void => {
    try {
      Deno.stdin.setRaw(false);
    } catch {
      // The terminal is gone; there is nothing to restore.
    }
  };
  Deno.stdin.setRaw(true);
  globalThis.addEventListener("unload", restore);
  try {
    return await session();
  } finally {
    globalThis.removeEventListener("unload", restore);
    restore();
  }
}

/** Calls the listener with the new size at each change of the window, until the returned function is called. */
export function onResize(
  listener: (size: { readonly columns: number; readonly rows: number }) => void,
): () => void {
  const changed = (): void => {
    const size = terminalSize();
    if (size) listener(size);
  };
  Deno.addSignalListener("SIGWINCH", changed);
  return () => Deno.removeSignalListener("SIGWINCH", changed);
}

async function writeAll(writer: typeof Deno.stdout, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await writer.write(rest));
}

function writeAllSync(bytes: Uint8Array): void {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch {
    // Nobody reads our messages any more; that must not end the work.
  }
}

/** Reads byte by byte, so that nothing after the line is taken away from whoever reads next. */
async function readLine(): Promise<string | undefined> {
  const byte = new Uint8Array(1);
  const line: number[] = [];
  while (true) {
    const count = await Deno.stdin.read(byte);
    if (count === null) return line.length === 0 ? undefined : decode(line);
    if (byte[0] === 10) return decode(line);
    line.push(byte[0] ?? 0);
  }
}

function decode(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
