/**
 * Booting under the accelerator that works: hardware that was never seen to run a guest is watched, and where it
 * does not, the guest is booted again under emulation.
 */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import {
  type AcceleratorChoice,
  type AcceleratorPlan,
  planAccelerator,
  rememberVerdict,
  unavailable,
} from "../qemu/accelerator.ts";
import { findFirmware } from "../qemu/firmware.ts";
import { probeQemu } from "../qemu/locate.ts";
import type { Accelerator } from "../qemu/machine.ts";
import { watchFirstMoments } from "../qemu/watch.ts";
import { inspectInstance } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { killQemu } from "./kill.ts";
import { bootMachine, type MachineParts } from "./machine.ts";
import { isFree, lockPorts, pickSshPort, sshListener } from "./ports.ts";
import { writeInstance } from "./store.ts";

/** Another program may take the SSH port between our look and QEMU's; then another port is tried. */
const PORT_TRIES = 3;

/** How to boot. */
export interface BootOptions {
  /** `auto` when left out. */
  readonly accelerator?: AcceleratorChoice;
  /** The user's own additions to QEMU's command line, for this once. */
  readonly qemuArgs?: readonly string[];
}

/**
 * Boots a stopped instance and returns it as it is now: its SSH port may be another one.
 * @throws CubicError "qemu-missing", "firmware-missing", "accelerator-unavailable", "port-taken", "qemu-failed".
 */
export async function bootInstance(
  app: App,
  instance: Instance,
  { accelerator: choice = "auto", qemuArgs }: BootOptions,
  operation: Operation,
): Promise<Instance> {
  const { host, paths } = app;
  const qemu = await probeQemu(host, paths, instance.arch);
  const firmware = instance.firmware === "bios"
    ? undefined
    : await findFirmware(host, qemu.program, instance.arch);
  // QEMU's BIOS comes with QEMU.
  const code = firmware?.code ?? qemu.program;
  const scope = { qemu: qemu.program, firmware: code, arch: instance.arch };
  const plan = await planAccelerator(host, paths, choice, scope);
  const parts = { qemu, firmware, ...(qemuArgs && { extraArgs: qemuArgs }) };
  if (!plan.unproven) {
    reportReason(plan, operation);
    return await bootOnFreePort(app, instance, parts, plan.accelerator, operation);
  }
  operation.report({ kind: "step", text: `Starting ${instance.name}, trying ${plan.accelerator}` });
  const attempt = await tryHardware(app, instance, parts, plan.accelerator, operation);
  if ("started" in attempt) {
    await rememberVerdict(paths, scope, { works: true });
    return attempt.started;
  }
  if (choice === "on") throw unavailable(plan.accelerator, attempt.reason);
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

/** What the user can mend is said each time, what was found out before only to who asks. */
function reportReason({ reason, obstacle }: AcceleratorPlan, { report }: Operation): void {
  if (obstacle) {
    const text = `No hardware acceleration, the guest is emulated: ${obstacle.what}. ` +
      `${obstacle.remedy} (--accel off silences this.)`;
    report({ kind: "warning", text });
  } else if (reason !== undefined) {
    report({ kind: "debug", text: `No hardware acceleration: ${reason}` });
  }
}

/** Starts under hardware acceleration and sees whether the guest really runs. */
async function tryHardware(
  app: App,
  instance: Instance,
  parts: MachineParts,
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
  parts: MachineParts,
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
