/** Stopping an instance: ask, wait, then insist. */
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { type ProcessIdentity, waitForEnd } from "../process.ts";
import type { Operation } from "../progress.ts";
import { connectQmp, queryStatus } from "../qemu/qmp.ts";
import { inspectInstance } from "./inspect.ts";
import { killQemu } from "./kill.ts";
import { goOn } from "./resume.ts";
import { clearRun, findQemuProcesses } from "./run_record.ts";
import { lockInstance, readInstance } from "./store.ts";

/** How to stop. */
export interface StopOptions {
  /** Milliseconds the guest may take to shut down; after that QEMU is ended. */
  readonly timeoutMs?: number;
  /** Do not ask the guest at all. */
  readonly kill?: boolean;
}

/** How it ended. */
export interface Stopped {
  readonly name: string;
  /** clean: the guest shut down. killed: it was cut off. already: it did not run. */
  readonly how: "clean" | "killed" | "already";
}

/** An emulated guest can take a minute to shut down. */
const DEFAULT_STOP_MS = 120_000;

/** A guest that is still booting ignores the power button, so it is pressed again. */
const PRESS_EVERY_MS = 5000;

/** How long QEMU may take to take note of it: seconds on a loaded host. */
const HEARING_MS = 10_000;

/** How long a QEMU that no longer answers may take to be gone. */
const ENDING_MS = 500;

/**
 * Shuts an instance down over ACPI and returns when its QEMU is gone; a guest that does not end in time is cut
 * off. An instance that does not run is fine.
 * @throws CubicError "instance-not-found", "instance-broken", "locked", "stop-timeout".
 */
export async function stopInstance(
  app: App,
  name: string,
  options: StopOptions,
  operation: Operation,
): Promise<Stopped> {
  await readInstance(app.paths, name);
  await using _lock = await lockInstance(app.paths, name, "stop", operation.signal);
  const instance = await readInstance(app.paths, name);
  const files = instanceFiles(app.paths, name);
  const processes = await findQemuProcesses(app.host, app.paths, instance);
  if (processes.length === 0) {
    await clearRun(files);
    return { name, how: "already" };
  }
  operation.report({ kind: "step", text: `Stopping ${name}` });
  let clean = true;
  for (const process of processes) {
    const ended = !options.kill && await shutDown(app, name, process, options, operation);
    if (!ended) await killQemu(app.host, process);
    clean &&= ended;
  }
  await clearRun(files);
  return { name, how: clean ? "clean" : "killed" };
}

/** Presses the power button until the guest is down; false when it can't hear or is too slow. */
async function shutDown(
  app: App,
  name: string,
  process: ProcessIdentity,
  options: StopOptions,
  { signal, report }: Operation,
): Promise<boolean> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_STOP_MS;
  const deadline = performance.now() + timeoutMs;
  const left = (): number => Math.max(1, deadline - performance.now());
  const { state, reason, running } = await inspectInstance(app, name);
  let obstacle = state === "crashed" ? `is crashed (${reason})` : undefined;
  for (let presses = 1; obstacle === undefined && performance.now() < deadline; presses++) {
    obstacle = await pressPowerButton(running?.qmpSocket, presses, left());
    const patience = Math.min(obstacle === undefined ? PRESS_EVERY_MS : ENDING_MS, left());
    if (await waitForEnd(app.host, process, patience, signal)) return true;
  }
  const why = obstacle ?? `did not shut down within ${Math.round(timeoutMs / 1000)} s`;
  report({ kind: "warning", text: `${name} ${why}; cutting it off` });
  return false;
}

/**
 * Presses it, for which a paused guest has to go on; returns what keeps the guest from hearing it. A QEMU that does
 * not hear may be ending, which is what was wanted; a busy one gets its time.
 */
async function pressPowerButton(
  socket: string | undefined,
  presses: number,
  timeoutMs: number,
): Promise<string | undefined> {
  const unresponsive = "is unresponsive";
  if (socket === undefined) return unresponsive;
  try {
    await using qmp = await connectQmp(socket, Math.min(HEARING_MS, timeoutMs));
    const state = await queryStatus(qmp);
    // It was let go on before, and its next write failed again.
    if (state.status === "io-error" && presses > 1) return "can't write: the host's disk is full";
    await goOn(qmp, state);
    await qmp.execute("system_powerdown");
    return undefined;
  } catch {
    return unresponsive;
  }
}
