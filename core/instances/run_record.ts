/**
 * What cubic writes down of the QEMU it started, and finding that QEMU again. The record is only a hint: a
 * process counts as ours when pid and start time match, and one that nobody wrote down (its cubic was killed in
 * that moment) is found by the uuid in its command line.
 */
import { join } from "node:path";
import { readTextIfThere, removeIfThere, writeAtomic } from "../atomic.ts";
import type { Host } from "../host.ts";
import { findProcesses, isAlive, type ProcessIdentity } from "../process.ts";
import { type InstanceFiles, instanceFiles, type Paths } from "../paths.ts";
import type { Accelerator } from "../qemu/machine.ts";
import type { Instance } from "./instance.ts";

/** What is known of a QEMU that was started. */
export interface RunRecord {
  /** The instance's, by which its QEMU is found while `process` is not known yet. */
  readonly uuid: string;
  /** Absent until the process exists. */
  readonly process?: ProcessIdentity;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly accelerator: Accelerator;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** Where the sockets of an instance go when it is started now. */
export function sockets(
  paths: Pick<Paths, "runtime">,
  instance: Pick<Instance, "uuid">,
): Pick<RunRecord, "uuid" | "qmpSocket" | "consoleSocket"> {
  const id = instance.uuid.replaceAll("-", "").slice(0, 16);
  return {
    uuid: instance.uuid,
    qmpSocket: join(paths.runtime, `${id}.qmp`),
    consoleSocket: join(paths.runtime, `${id}.con`),
  };
}

/** Writes the record. */
export async function writeRun(files: InstanceFiles, record: RunRecord): Promise<void> {
  await writeAtomic(files.run, JSON.stringify(record));
}

/** The record, or undefined when nothing was started or it can't be read. */
export async function readRun(files: InstanceFiles): Promise<RunRecord | undefined> {
  const text = await readTextIfThere(files.run);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as RunRecord;
    return typeof record.qmpSocket === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Forgets a QEMU that is gone: record, pid file and sockets, and the temporary files of killed commands. The
 * caller holds the instance's lock.
 */
export async function clearRun(files: InstanceFiles): Promise<void> {
  const record = await readRun(files);
  const leftovers = [record?.qmpSocket, record?.consoleSocket, files.pid, files.run];
  for (const path of leftovers) if (path !== undefined) await removeIfThere(path);
  for (const path of await temporaryFiles(files)) await removeIfThere(path);
}

/** What a command that was killed while it wrote a file of this instance left. */
async function temporaryFiles({ dir }: InstanceFiles): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(dir)))
      .filter(({ isFile, name }) => isFile && name.endsWith(".tmp"))
      .map(({ name }) => join(dir, name));
  } catch {
    return [];
  }
}

/**
 * The running QEMU of an instance, by its record; cheap, and enough for looking. Only when the cubic that
 * started it had no time to write down the process are all processes searched.
 */
export async function recordedProcess(
  host: Host,
  files: InstanceFiles,
): Promise<{ record: RunRecord; process: ProcessIdentity } | undefined> {
  const record = await readRun(files);
  if (!record) return undefined;
  const process = record.process ??
    (await findProcesses(host, (command) => isQemuOf(command, record.uuid)))[0];
  return process && await isAlive(host, process) ? { record, process } : undefined;
}

/**
 * All running QEMUs of an instance, recorded or not; for commands that are about to change something. An
 * unrecorded one is written down, so that from here on it counts like any other.
 */
export async function findQemuProcesses(
  host: Host,
  paths: Paths,
  instance: Instance,
): Promise<ProcessIdentity[]> {
  const files = instanceFiles(paths, instance.name);
  const found = await findProcesses(host, (command) => isQemuOf(command, instance.uuid));
  const record = await readRun(files);
  const first = found[0];
  if (first && !found.some((process) => sameProcess(process, record?.process))) {
    await writeRun(files, {
      ...(record ?? {
        ...sockets(paths, instance),
        accelerator: "tcg",
        startedAt: new Date(host.now()).toISOString(),
      }),
      process: first,
    });
  }
  return found;
}

function sameProcess(a: ProcessIdentity, b: ProcessIdentity | undefined): boolean {
  return a.pid === b?.pid && a.started === b.started;
}

/** Also true for the shell that is about to become QEMU. */
function isQemuOf(command: readonly string[], uuid: string): boolean {
  const index = command.indexOf("-uuid");
  return index >= 0 && command[index + 1] === uuid &&
    command.some((argument) => argument.includes("qemu-system-"));
}
