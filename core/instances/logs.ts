/** The words of a guest's console and of its QEMU, from the start or as they come. */
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { recordedProcess } from "./run_record.ts";
import { readInstance } from "./store.ts";

/** Which log. */
export type LogKind = "console" | "qemu";

/** What to read. */
export interface LogRequest {
  readonly kind: LogKind;
  /** Only that many lines at the end; all of them when left out. */
  readonly lines?: number;
  /** Go on with what comes until the instance stops. */
  readonly follow?: boolean;
}

const POLL_MS = 250;
/** How many polls pass before it is asked again whether the instance still runs. */
const POLLS_PER_CHECK = 8;
const CHUNK = 64 * 1024;

/**
 * Yields the log, byte for byte.
 * @throws CubicError "instance-not-found", "instance-broken".
 */
export async function* readLog(
  app: App,
  name: string,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  await readInstance(app.paths, name);
  const files = instanceFiles(app.paths, name);
  const path = request.kind === "console" ? files.consoleLog : files.qemuLog;
  let offset = request.lines === undefined ? 0 : await startOfLastLines(path, request.lines);
  for (let poll = 0;; poll++) {
    // Asked before reading: what was written before the end is still read.
    const last = !request.follow ||
      (poll % POLLS_PER_CHECK === 0 && !(await recordedProcess(app.host, files)));
    // A restart begins a new file.
    if ((await sizeOf(path)) < offset) offset = 0;
    for await (const chunk of readFrom(path, offset)) {
      yield chunk;
      offset += chunk.length;
    }
    if (last || signal.aborted) return;
    await app.host.sleep(POLL_MS, signal);
  }
}

/** The offset at which the last lines of a file begin. */
async function startOfLastLines(path: string, lines: number): Promise<number> {
  const size = await sizeOf(path);
  if (lines <= 0) return size;
  let missing = lines;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - CHUNK);
    const chunk = await readRange(path, start, end - start);
    for (let index = chunk.length - 1; index >= 0; index--) {
      // The line end that closes the last line does not begin another one.
      if (chunk[index] !== 10 || start + index === size - 1) continue;
      if (--missing === 0) return start + index + 1;
    }
    end = start;
  }
  return 0;
}

async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  let position = offset;
  while (true) {
    const chunk = await readRange(path, position, CHUNK);
    if (chunk.length === 0) return;
    yield chunk;
    position += chunk.length;
  }
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  try {
    using file = await Deno.open(path);
    await file.seek(offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, await file.read(buffer) ?? 0);
  } catch (error) {
    // Never started: there is nothing to read yet.
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch {
    return 0;
  }
}
