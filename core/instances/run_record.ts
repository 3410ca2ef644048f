/**
 * What cubic writes down of the QEMU it started, and finding that QEMU again. The record is only a hint: a
 * process counts as ours when pid and start time match, and one that nobody wrote down (its cubic was killed in
 * that moment) is found by the uuid in its command line.
 */
import { dirname, join } from "node:path";
import { readTextIfThere, removeIfThere, statIfThere, writeAtomic } from "../atomic.ts";
import type { Host } from "../host.ts";
import { findProcesses, isAlive, type ProcessIdentity } from "../process.ts";
import { type InstanceFiles, instanceFiles, type Paths } from "../paths.ts";
import type { Accelerator } from "../qemu/machine.ts";
import type { Instance } from "./instance.ts";
import { clearSocketPlace } from "./socket_place.ts";

/** What is known of a QEMU that was started. */
export interface RunRecord {
  /** The instance's, by which its QEMU is found while `process` is not known yet. */
  readonly uuid: string;
  /** The instance's directory when it was started. */
  readonly dir: string;
  /** Absent until the process exists. */
  readonly process?: ProcessIdentity;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly accelerator: Accelerator;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Absent from records of older versions. */
  readonly startedAs?: StartedAs;
}

/** What a machine can't be given while it runs: the instance may say something else by now. */
export type StartedAs = Pick<Instance, "cpus" | "memory" | "isolate">;

/** What a record says of place and identity; the same for every start of an instance. */
export type RunPlace = Pick<RunRecord, "uuid" | "dir" | "qmpSocket" | "consoleSocket">;

/** Where an instance runs when it is started now. */
export async function runPlace(
  paths: Pick<Paths, "instances" | "runtime">,
  { name, uuid }: Pick<Instance, "name" | "uuid">,
): Promise<RunPlace> {
  const { dir } = instanceFiles(paths, name);
  // The directory counts too: a copy of an instance must not take the sockets of the original.
  const text = new TextEncoder().encode(`${uuid} ${dir}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const id = digest.subarray(0, 8).toHex();
  const socket = (ending: string): string => join(paths.runtime, `${id}.${ending}`);
  return { uuid, dir, qmpSocket: socket("qmp"), consoleSocket: socket("con") };
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
  const own = record !== undefined && await isOwn(record.dir, files.dir);
  if (own) await clearSocketPlace(record);
  for (const path of [files.pid, files.run]) await removeIfThere(path);
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
  if (!record || !(await isOwn(record.dir, files.dir))) return undefined;
  const process = record.process ?? (await searchProcesses(host, files, record.uuid))[0];
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
  const found = await searchProcesses(host, files, instance.uuid);
  const record = await readRun(files);
  const first = found[0];
  if (first && !found.some((process) => sameProcess(process, record?.process))) {
    await writeRun(files, {
      ...(record ?? {
        ...await runPlace(paths, instance),
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

/** By the uuid in the command line; also finds the shell that is about to become QEMU. */
async function searchProcesses(
  host: Host,
  files: InstanceFiles,
  uuid: string,
): Promise<ProcessIdentity[]> {
  const candidates = await findProcesses(host, (command) =>
    valueOf(command, "-uuid") === uuid &&
    command.some((argument) => argument.includes("qemu-system-")));
  const own: ProcessIdentity[] = [];
  for (const { process, command } of candidates) {
    const startedIn = dirname(valueOf(command, "-pidfile") ?? files.pid);
    if (await isOwn(startedIn, files.dir)) own.push(process);
  }
  return own;
}

/** The QEMUs that were started in exactly this directory; for an instance whose uuid can't be read any more. */
export async function searchByDirectory(
  host: Host,
  files: InstanceFiles,
): Promise<ProcessIdentity[]> {
  const found = await findProcesses(host, (command) => valueOf(command, "-pidfile") === files.pid);
  return found.map(({ process }) => process);
}

/**
 * Whether a QEMU that was started in one directory belongs to the instance in another. It does when they are the
 * same by another path, or when the first was moved away; it does not when this one is a copy.
 */
async function isOwn(startedIn: string, dir: string): Promise<boolean> {
  if (startedIn === dir) return true;
  const [there, here] = await Promise.all([statIfThere(startedIn), statIfThere(dir)]);
  return there === undefined || (there.ino === here?.ino && there.dev === here?.dev);
}

function valueOf(command: readonly string[], option: string): string | undefined {
  const index = command.indexOf(option);
  return index < 0 ? undefined : command[index + 1];
}
