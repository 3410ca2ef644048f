/**
 * Starting QEMU so that it outlives cubic and the terminal, and waiting until it answers.
 */
import { readTextIfThere } from "../atomic.ts";
import { CubicError, interrupted } from "../errors.ts";
import type { Host } from "../host.ts";
import {
  identifyProcess,
  isAlive,
  type ProcessIdentity,
  signalProcess,
  waitForEnd,
} from "../process.ts";
import { connectQmp, queryStatus } from "./qmp.ts";

/** What to start and where its words go. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly qmpSocket: string;
  /** QEMU's own output; appended to. */
  readonly log: string;
}

/** QEMU opens disks, loads firmware and allocates memory before it answers. */
const GREETING_MS = 30_000;
const KILL_MS = 5000;

/**
 * Starts QEMU in a session of its own and returns once it answers over QMP. `started` is called as soon as the
 * process exists, so that it can be written down before anything else happens.
 * @throws CubicError "qemu-failed" with QEMU's last words, "port-taken" when it could not listen.
 */
export async function launchQemu(
  host: Host,
  launch: Launch,
  started: (process: ProcessIdentity) => Promise<void>,
  signal: AbortSignal,
): Promise<ProcessIdentity> {
  const pid = spawnDetached(launch);
  const process = await identifyProcess(host, pid);
  if (!process) throw await failedToStart(launch);
  try {
    await started(process);
    await waitForGreeting(host, launch, process, signal);
    return process;
  } catch (error) {
    // A QEMU that cubic gives up must not live on unseen, nor hold disk and ports when the next one starts.
    await signalProcess(host, process, "SIGKILL");
    await waitForEnd(host, process, KILL_MS);
    throw error;
  }
}

/**
 * The shell's exec keeps the pid and gives QEMU the log as its output, which Deno.Command can't; `detached`
 * makes it the leader of its own session, so that no hangup or Ctrl-C of the terminal reaches it.
 */
function spawnDetached({ program, args, log }: Launch): number {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$@" >>"$0" 2>&1 </dev/null', log, program, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  child.unref();
  return child.pid;
}

async function waitForGreeting(
  host: Host,
  launch: Launch,
  process: ProcessIdentity,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + GREETING_MS;
  for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 2, 250)) {
    if (signal.aborted) throw interrupted();
    if (await answers(launch.qmpSocket)) return;
    if (!(await isAlive(host, process))) throw await failedToStart(launch);
    await host.sleep(pause, signal);
  }
  throw new CubicError("qemu-failed", `Cannot start QEMU: no answer in ${GREETING_MS / 1000} s`, {
    details: await lastLines(launch.log),
  });
}

async function answers(socket: string): Promise<boolean> {
  try {
    await using qmp = await connectQmp(socket, 5000);
    await queryStatus(qmp);
    return true;
  } catch {
    return false;
  }
}

async function failedToStart(launch: Launch): Promise<CubicError> {
  const words = await lastLines(launch.log);
  const port = /Could not set up host forwarding rule '([^']*)'/.exec(words)?.[1];
  if (port !== undefined) {
    return new CubicError("port-taken", `Cannot listen for the forward "${port}"`, {
      hint: "Another program has the port; `ss -ltnup` (or `lsof -i`) shows which.",
      details: words,
    });
  }
  if (/Failed to get "write" lock/.test(words)) {
    return new CubicError("locked", "Cannot start QEMU: another process uses the disk", {
      hint: "`cubic doctor --fix` finds a QEMU that was left behind.",
      details: words,
    });
  }
  if (/Cannot allocate memory|cannot set up guest memory/.test(words)) {
    return new CubicError("qemu-failed", "Cannot start QEMU: the host has too little free memory", {
      hint: "Stop another instance, or create this one with less --memory.",
      details: words,
    });
  }
  return new CubicError("qemu-failed", "Cannot start QEMU: it ended before it was ready", {
    hint: "`cubic doctor` checks the host.",
    details: words,
  });
}

/** Strings to the terminal (titles, systemd's context marks), sequences, and single control characters. */
const CONTROL =
  // deno-lint-ignore no-control-regex -- the terminal's control sequences are what is removed
  /\x1b[\]PX^_][^\x07\x1b\n]*(\x07|\x1b\\)?|\x1b(\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The end of a log file; "" when there is none. Control characters that could drive the terminal are dropped. */
export async function lastLines(path: string, count = 15): Promise<string> {
  const text = await readTextIfThere(path) ?? "";
  return text
    .replace(CONTROL, "")
    .split("\n").map((line) => line.trimEnd()).filter((line) => line !== "")
    .slice(-count).join("\n");
}
