/** Starting an instance: the story from a directory to a QEMU that runs its guest. */
import type { App } from "../app.ts";
import { ensurePrivateDir, statIfThere } from "../atomic.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { type AcceleratorChoice, planAccelerator, rememberVerdict } from "../qemu/accelerator.ts";
import { findFirmware, type Firmware } from "../qemu/firmware.ts";
import { probeQemu, type Qemu } from "../qemu/locate.ts";
import type { Accelerator } from "../qemu/machine.ts";
import { watchFirstMoments } from "../qemu/watch.ts";
import { inspectInstance, type InstanceStatus } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { killQemu } from "./kill.ts";
import { bootMachine } from "./machine.ts";
import { isFree, lockPorts, pickSshPort, requireFreePorts, sshListener } from "./ports.ts";
import { checkResources, hostResources } from "./resources.ts";
import { clearRun, findQemuProcesses } from "./run_record.ts";
import { lockInstance, readInstance, writeInstance } from "./store.ts";

/** How to start. */
export interface StartOptions {
  readonly accelerator?: AcceleratorChoice;
}

/** What came of it. */
export interface Started {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  /** True when it ran before, so that nothing was done. */
  readonly already: boolean;
}

/** Another program may take the SSH port between our look and QEMU's; then another port is tried. */
const PORT_TRIES = 3;

/**
 * Starts an instance and returns when its guest runs; it may take minutes more until it can be logged in to.
 * @throws CubicError "instance-not-found", "instance-broken", "instance-running" when its QEMU is there and does
 * not answer, "locked", "port-taken", "qemu-missing", "firmware-missing", "accelerator-unavailable", "qemu-failed".
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
  const before = await settle(app, instance, operation);
  if (before.state === "running" || before.state === "paused") {
    return { instance, status: before, already: true };
  }
  operation.report({ kind: "step", text: `Starting ${name}` });
  await requireParts(app, instance);
  const warning = checkResources(instance, hostResources());
  if (warning !== undefined) operation.report({ kind: "warning", text: warning });
  await requireFreePorts(app, instance);
  try {
    const started = await boot(app, instance, options, operation);
    return { instance: started, status: await inspectInstance(app, name), already: false };
  } catch (error) {
    await endQemu(app, instance);
    throw describeFailure(`start "${name}"`, error);
  }
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
  { report }: Operation,
): Promise<InstanceStatus> {
  const [process] = await findQemuProcesses(app.host, app.paths, instance);
  if (!process) {
    await clearRun(instanceFiles(app.paths, instance.name));
    return { state: "stopped" };
  }
  const status = await inspectInstance(app, instance.name);
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

function unresponsiveError(name: string, pid: number): CubicError {
  return new CubicError(
    "instance-running",
    `Cannot start "${name}": its QEMU (pid ${pid}) runs but does not answer`,
    { hint: `Try again in a moment; \`cubic stop --kill ${name}\` ends it.` },
  );
}

async function boot(
  app: App,
  instance: Instance,
  options: StartOptions,
  operation: Operation,
): Promise<Instance> {
  const { host, paths } = app;
  const choice = options.accelerator ?? "auto";
  const qemu = await probeQemu(host, paths, instance.arch);
  const firmware = await findFirmware(host, qemu.program, instance.arch);
  const scope = { qemu: qemu.program, firmware: firmware.code, arch: instance.arch };
  const plan = await planAccelerator(host, paths, choice, scope);
  const parts = { qemu, firmware };
  if (!plan.unproven) {
    if (plan.reason !== undefined) {
      operation.report({ kind: "debug", text: `No hardware acceleration: ${plan.reason}` });
    }
    return await bootOnFreePort(app, instance, parts, plan.accelerator, operation);
  }
  operation.report({ kind: "step", text: `Starting ${instance.name}, trying ${plan.accelerator}` });
  const attempt = await tryHardware(app, instance, parts, plan.accelerator, operation);
  if ("started" in attempt) {
    await rememberVerdict(paths, scope, { works: true });
    return attempt.started;
  }
  // When this fails too, it was not the accelerator's fault: then nothing is remembered against it.
  const started = await bootOnFreePort(app, instance, parts, "tcg", operation);
  await rememberVerdict(paths, scope, { works: false, reason: attempt.reason });
  operation.report({
    kind: "warning",
    text: `No hardware acceleration: ${plan.accelerator} can't run a guest here ` +
      `(${attempt.reason}). Guests run under emulation (tcg), many times slower.`,
  });
  return started;
}

interface Parts {
  readonly qemu: Qemu;
  readonly firmware: Firmware;
}

/** Starts under hardware acceleration and sees whether the guest really runs. */
async function tryHardware(
  app: App,
  instance: Instance,
  parts: Parts,
  accelerator: Accelerator,
  operation: Operation,
): Promise<{ readonly started: Instance } | { readonly reason: string }> {
  const files = instanceFiles(app.paths, instance.name);
  try {
    const started = await bootOnFreePort(app, instance, parts, accelerator, operation);
    const { running } = await inspectInstance(app, instance.name);
    const verdict = running
      ? await watchFirstMoments(app.host, { ...running, ...files }, operation.signal)
      : { works: false as const, reason: "QEMU died" };
    if (verdict.works) return { started };
    if (running) await killQemu(app.host, running.process);
    return { reason: verdict.reason };
  } catch (error) {
    if (!isCubicError(error, "qemu-failed")) throw error;
    const words = error.details?.split("\n")[0]?.replace(/^.*?qemu-system-\S+: (error: )?/, "");
    return { reason: words || error.message };
  }
}

/** The instance with the SSH port it really got. */
async function bootOnFreePort(
  app: App,
  instance: Instance,
  parts: Parts,
  accelerator: Accelerator,
  operation: Operation,
): Promise<Instance> {
  let current = instance;
  for (let attempt = 1;; attempt++) {
    if (!(await isFree(sshListener(current.sshPort)))) {
      current = await changePort(app, current, operation);
    }
    try {
      await bootMachine(app, current, parts, accelerator, operation);
      return current;
    } catch (error) {
      const lost = isCubicError(error, "port-taken") &&
        !(await isFree(sshListener(current.sshPort)));
      if (!lost || attempt === PORT_TRIES) throw error;
    }
  }
}

async function changePort(
  app: App,
  instance: Instance,
  { signal, report }: Operation,
): Promise<Instance> {
  await using _ports = await lockPorts(app.paths, signal);
  const changed = { ...instance, sshPort: await pickSshPort(app.paths) };
  await writeInstance(app.paths, changed);
  report({
    kind: "note",
    text: `Port ${instance.sshPort} is taken; ${instance.name} has SSH on ${changed.sshPort} now`,
  });
  return changed;
}

/** An instance without its disk or base image is told apart from a QEMU that fails. */
async function requireParts(app: App, instance: Instance): Promise<void> {
  const { disk, seed } = instanceFiles(app.paths, instance.name);
  const base = `${app.paths.images}/${instance.imageDigest}.qcow2`;
  for (const path of [disk, seed, base]) {
    if (await statIfThere(path)) continue;
    throw new CubicError(
      "instance-broken",
      `Cannot start "${instance.name}": ${path} does not exist`,
      { hint: `Put the file back, or remove the instance with \`cubic delete ${instance.name}\`.` },
    );
  }
  await ensurePrivateDir(app.paths.runtime);
}
