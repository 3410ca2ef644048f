/** Stopping an instance: ask, wait, then insist. */
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { type ProcessIdentity, waitForEnd } from "../process.ts";
import type { Operation } from "../progress.ts";
import { connectQmp } from "../qemu/qmp.ts";
import { inspectInstance } from "./inspect.ts";
import { killQemu } from "./kill.ts";
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
export const DEFAULT_STOP_MS = 120_000;

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
  const status = await inspectInstance(app, name);
  let deaf = status.state === "crashed";
  while (!deaf && performance.now() < deadline) {
    const left = (): number => Math.max(1, deadline - performance.now());
    const heard = await pressPowerButton(status.running?.qmpSocket, left());
    const patience = Math.min(heard ? PRESS_EVERY_MS : ENDING_MS, left());
    if (await waitForEnd(app.host, process, patience, signal)) return true;
    deaf = !heard;
  }
  const silent = status.state === "crashed" ? "is crashed" : "is unresponsive";
  const why = deaf ? silent : `did not shut down within ${Math.round(timeoutMs / 1000)} s`;
  report({ kind: "warning", text: `${name} ${why}; cutting it off` });
  return false;
}

/** Whether QEMU heard it. One that can't hear may be ending, which is what was wanted; a busy one gets its time. */
async function pressPowerButton(socket: string | undefined, timeoutMs: number): Promise<boolean> {
  if (socket === undefined) return false;
  try {
    await using qmp = await connectQmp(socket, Math.min(HEARING_MS, timeoutMs));
    await qmp.execute("system_powerdown");
    return true;
  } catch {
    return false;
  }
}
