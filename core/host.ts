/**
 * The machine cubic runs on, behind the three seams that tests replace: running a process, fetching
 * a URL, and time. The file system is never behind a seam; tests use real temporary directories.
 */
import { CubicError, describeFailure, interrupted } from "./errors.ts";

/** A processor architecture, in Debian's words. */
export type Arch = "amd64" | "arm64";

/** The operating systems cubic supports. */
export type HostOs = "linux" | "darwin";

/** What a finished process left behind. */
export interface RunResult {
  /** Exit status; 128 + signal number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a process. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** Added to the environment of cubic itself. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Facts of this machine and the only doors to the outside. */
export interface Host {
  readonly os: HostOs;
  readonly arch: Arch;
  /** An environment variable; undefined when unset or empty. */
  env(name: string): string | undefined;
  /**
   * Runs a program to its end with no standard input.
   * @throws CubicError "tool-missing" when there is no such program, "interrupted" when aborted.
   */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits; throws CubicError "interrupted" as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The real machine.
 * @throws CubicError "host-unsupported" on other systems than Linux and macOS, amd64 and arm64.
 */
export function realHost(): Host {
  const { os, arch } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    throw new CubicError("host-unsupported", `Cannot run on ${os}: only Linux and macOS will do`);
  }
  return {
    os,
    arch: arch === "aarch64" ? "arm64" : "amd64",
    env: (name) => Deno.env.get(name) || undefined,
    run: runProcess,
    fetch: globalThis.fetch,
    now: Date.now,
    sleep,
  };
}

/** Milliseconds a program may take to end after SIGTERM. */
const TERM_MS = 3000;

async function runProcess(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { signal, onLine } = options;
  if (signal?.aborted) throw interrupted();
  const child = spawn(command, args, options);
  const outputs = [collect(child.stdout, onLine), collect(child.stderr, onLine)] as const;
  let insist: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => {
    insist = setTimeout(() => killQuietly(child), TERM_MS);
    // What the program itself started may hold the pipes open long after it has ended.
    child.status.then(() => outputs.forEach((output) => output.stop()));
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      outputs[0].text,
      outputs[1].text,
      child.status,
    ]);
    if (signal?.aborted) throw interrupted();
    return { code, stdout, stderr };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    clearTimeout(insist);
  }
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended in this moment.
  }
}

function spawn(
  command: string,
  args: readonly string[],
  { signal, cwd, env }: RunOptions,
): Deno.ChildProcess {
  try {
    return new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(signal && { signal }),
      ...(cwd !== undefined && { cwd }),
      ...(env && { env: { ...env } }),
    }).spawn();
  } catch (error) {
    // A working directory that is gone is reported as NotFound too.
    if (error instanceof Deno.errors.NotFound && !/No such cwd/i.test(error.message)) {
      throw new CubicError("tool-missing", `Cannot run "${command}": it is not installed`, {
        hint: "`cubic doctor` lists what is missing and how to install it.",
        cause: error,
      });
    }
    throw describeFailure(`run "${command}"`, error);
  }
}

/** Reads a stream to its end, or until it is told to stop. */
function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine?: (line: string) => void,
): { readonly text: Promise<string>; stop(): void } {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (): Promise<string> => {
    let text = "";
    let rest = "";
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
      if (!onLine) continue;
      // Tools draw progress with carriage returns; each redraw counts as a line. One at the very end of a
      // chunk may be half of a CR LF.
      const lines = (rest + value).split(/\r?\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    }
    rest = rest.replace(/\r$/, "");
    if (onLine && rest !== "") onLine(rest);
    return text;
  };
  return { text: read(), stop: () => void reader.cancel().catch(() => {}) };
}

/** Waits `ms` milliseconds; throws CubicError "interrupted" as soon as the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(interrupted());
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(interrupted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
