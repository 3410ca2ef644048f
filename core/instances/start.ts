/** Starting an instance: the story from a directory to a QEMU that runs its guest. */
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { bootInstance, type BootOptions } from "./boot.ts";
import { expiryWarning } from "./expiry.ts";
import { inspectInstance, type InstanceStatus } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { killQemu } from "./kill.ts";
import { readChain } from "./layers.ts";
import { requireFreePorts } from "./ports.ts";
import { followName } from "./rename.ts";
import { checkResources, hostResources } from "./resources.ts";
import { resumeGuest } from "./resume.ts";
import { clearRun, findQemuProcesses } from "./run_record.ts";
import { lockInstance, readInstance } from "./store.ts";

/** How to start. */
export type StartOptions = BootOptions;

/** What came of it. */
export interface Started {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  /** True when it ran before, so that nothing was done, or it was only resumed. */
  readonly already: boolean;
  /** True when it was paused and goes on. */
  readonly resumed: boolean;
}

/** How long a QEMU that is there may take to answer. */
const ANSWER_MS = 10_000;

/**
 * Starts an instance and returns when its guest runs; it may take minutes more until it can be logged in to. One
 * that is paused is resumed.
 * @throws CubicError "instance-not-found", "instance-broken", "instance-running" when its QEMU is there and does
 * not answer, "locked", "port-taken", "qemu-missing", "firmware-missing", "accelerator-unavailable", "qemu-failed",
 * "disk-full" when that is why it is paused.
 */
export async function startInstance(
  app: App,
  name: string,
  options: StartOptions,
  operation: Operation,
): Promise<Started> {
  await readInstance(app.paths, name);
  await using _lock = await lockInstance(app.paths, name, "start", operation.signal);
  const instance = await readInstance(app.paths, name);
  warnOfExpiry(app, instance, operation);
  const before = await settle(app, instance, operation);
  if (before.state !== "stopped") {
    if (options.qemuArgs) {
      operation.report({ kind: "warning", text: `${name} runs: --qemu-args has no effect` });
    }
    return await keepRunning(app, instance, before, operation);
  }
  operation.report({ kind: "step", text: `Starting ${name}` });
  await requireParts(app, instance);
  await followName(app.paths, instance);
  const warning = checkResources(instance, hostResources(), name);
  if (warning !== undefined) operation.report({ kind: "warning", text: warning });
  await requireFreePorts(app, instance);
  try {
    const started = await bootInstance(app, instance, options, operation);
    const status = await inspectInstance(app, name);
    return { instance: started, status, already: false, resumed: false };
  } catch (error) {
    await endQemu(app, instance);
    throw describeFailure(`start "${name}"`, error);
  }
}

/** Tells who uses an instance that its time is over. */
export function warnOfExpiry({ host }: App, instance: Instance, { report }: Operation): void {
  const warning = expiryWarning(instance, host.now());
  if (warning !== undefined) report({ kind: "warning", text: warning });
}

/** What runs goes on running; what is paused is resumed. */
async function keepRunning(
  app: App,
  instance: Instance,
  before: InstanceStatus,
  { signal, report }: Operation,
): Promise<Started> {
  if (before.state !== "paused" || !before.running) {
    return { instance, status: before, already: true, resumed: false };
  }
  report({ kind: "step", text: `Resuming ${instance.name}` });
  await resumeGuest(app.host, instance.name, before.running.qmpSocket, signal);
  const status = await inspectInstance(app, instance.name);
  return { instance, status, already: true, resumed: true };
}

/** However a start fails or is interrupted, no QEMU is left behind that nobody knows of. */
async function endQemu(app: App, instance: Instance): Promise<void> {
  for (const process of await findQemuProcesses(app.host, app.paths, instance)) {
    await killQemu(app.host, process);
  }
  await clearRun(instanceFiles(app.paths, instance.name));
}

/** Clears what is over and adopts what is alive; a guest that can't go on is ended, so that it can be started. */
async function settle(
  app: App,
  instance: Instance,
  { report, signal }: Operation,
): Promise<InstanceStatus> {
  const [process] = await findQemuProcesses(app.host, app.paths, instance);
  if (!process) {
    await clearRun(instanceFiles(app.paths, instance.name));
    return { state: "stopped" };
  }
  const status = await waitForAnswer(app, instance.name, signal);
  if (status.state === "running" || status.state === "paused") return status;
  // On a busy host a healthy guest may be slow to answer: that is no reason to cut it off unasked.
  if (status.state === "unresponsive") throw unresponsiveError(instance.name, process.pid);
  report({
    kind: "warning",
    text: `The QEMU of ${instance.name} (pid ${process.pid}) is ${status.state}; ending it`,
  });
  await endQemu(app, instance);
  return { state: "stopped" };
}

/** A QEMU whose cubic was killed a moment ago may still be on its way up. */
async function waitForAnswer(
  app: App,
  name: string,
  signal: AbortSignal,
): Promise<InstanceStatus> {
  const deadline = performance.now() + ANSWER_MS;
  while (true) {
    const status = await inspectInstance(app, name);
    if (status.state !== "unresponsive" || performance.now() > deadline) return status;
    await app.host.sleep(200, signal);
  }
}

function unresponsiveError(name: string, pid: number): CubicError {
  return new CubicError(
    "instance-running",
    `Cannot start "${name}": its QEMU (pid ${pid}) runs but does not answer`,
    { hint: `Try again in a moment; \`cubic stop --kill ${name}\` ends it.` },
  );
}

/** An instance without its disk, or without what that stands on, is told apart from a QEMU that fails. */
async function requireParts(app: App, instance: Instance): Promise<void> {
  const { disk, seed } = instanceFiles(app.paths, instance.name);
  for (const path of [disk, seed, (await readChain(disk)).missing]) {
    if (path === undefined || await statIfThere(path)) continue;
    throw new CubicError(
      "instance-broken",
      `Cannot start "${instance.name}": ${path} does not exist`,
      { hint: `Put the file back, or remove the instance with \`cubic delete ${instance.name}\`.` },
    );
  }
}
