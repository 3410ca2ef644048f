/** From an instance to a running QEMU: the machine's data, its firmware variables, its first record. */
import type { App } from "../app.ts";
import { removeIfThere, statIfThere } from "../atomic.ts";
import { CubicError } from "../errors.ts";
import { type InstanceFiles, instanceFiles } from "../paths.ts";
import type { ProcessIdentity } from "../process.ts";
import type { Operation } from "../progress.ts";
import { qemuArgs } from "../qemu/args.ts";
import type { Firmware } from "../qemu/firmware.ts";
import { launchQemu } from "../qemu/launch.ts";
import type { Qemu } from "../qemu/locate.ts";
import type { Accelerator, Machine, MachineFirmware } from "../qemu/machine.ts";
import type { Instance } from "./instance.ts";
import { runPlace, writeRun } from "./run_record.ts";
import { holdSocketPlace } from "./socket_place.ts";

/** What a machine is made of that is not the instance's own. */
export interface MachineParts {
  readonly qemu: Qemu;
  /** Undefined for images that boot by BIOS. */
  readonly firmware: Firmware | undefined;
  /** The user's own additions to QEMU's command line. */
  readonly extraArgs?: readonly string[];
}

/** The data from which QEMU's command line is made. Pure. */
function machineOf(
  instance: Instance,
  files: InstanceFiles,
  where: { readonly qmpSocket: string; readonly consoleSocket: string },
  parts: Omit<MachineParts, "qemu"> & { readonly qemu: Pick<Qemu, "sandbox"> },
  accelerator: Accelerator,
): Machine {
  const { name, uuid, arch, cpus, memory, mac, sshPort, forwards, isolate } = instance;
  return {
    ...{ name, uuid, arch, cpus, memory, mac, sshPort, forwards, isolate },
    ...where,
    accelerator,
    firmware: parts.firmware && machineFirmware(parts.firmware, files),
    disk: files.disk,
    seed: files.seed,
    consoleLog: files.consoleLog,
    pidFile: files.pid,
    sandbox: parts.qemu.sandbox,
    ...(parts.extraArgs && { extraArgs: parts.extraArgs }),
  };
}

function machineFirmware(
  { code, codeFormat, varsTemplate }: Firmware,
  { efiVars }: InstanceFiles,
): MachineFirmware {
  const vars = varsTemplate && { path: efiVars, format: varsTemplate.format };
  return { code, codeFormat, ...(vars && { vars }) };
}

/**
 * Starts the instance's QEMU and returns when it answers. The record is written before and completed as soon as
 * there is a process, so that the next command understands whatever a killed one left.
 * @throws CubicError "qemu-failed", "port-taken", "locked".
 */
export async function bootMachine(
  app: App,
  instance: Instance,
  parts: MachineParts,
  accelerator: Accelerator,
  operation: Operation,
): Promise<ProcessIdentity> {
  const files = instanceFiles(app.paths, instance.name);
  const where = await runPlace(app.paths, instance);
  requireShortSocket(where.qmpSocket);
  await prepareFiles(files, parts.firmware);
  const machine = machineOf(instance, files, where, parts, accelerator);
  const args = qemuArgs(machine);
  operation.report({ kind: "debug", text: `${parts.qemu.program} ${args.join(" ")}` });
  const startedAt = new Date(app.host.now()).toISOString();
  const { cpus, memory, isolate } = instance;
  const record = { ...where, accelerator, startedAt, startedAs: { cpus, memory, isolate } };
  await writeRun(files, record);
  await holdSocketPlace(where);
  const launch = {
    program: parts.qemu.program,
    args,
    qmpSocket: where.qmpSocket,
    log: files.qemuLog,
  };
  return await launchQemu(
    app.host,
    launch,
    (process) => writeRun(files, { ...record, process }),
    operation.signal,
  );
}

/** Old logs make room for one generation. */
async function prepareFiles(files: InstanceFiles, firmware: Firmware | undefined): Promise<void> {
  for (const log of [files.consoleLog, files.qemuLog]) {
    if (await statIfThere(log)) await Deno.rename(log, `${log}.1`);
  }
  await removeIfThere(files.pid);
  const template = firmware?.varsTemplate;
  if (template && !(await statIfThere(files.efiVars))) {
    const temporary = `${files.efiVars}.tmp`;
    await Deno.copyFile(template.path, temporary);
    await Deno.chmod(temporary, 0o600);
    await Deno.rename(temporary, files.efiVars);
  }
}

/** sun_path holds 104 bytes on macOS and 108 on Linux, with the ending zero. */
function requireShortSocket(path: string): void {
  if (new TextEncoder().encode(path).length < 104) return;
  throw new CubicError("failed", `Cannot use ${path} for a socket: the path is too long`, {
    hint: "Point TMPDIR at a directory with a shorter path.",
  });
}
