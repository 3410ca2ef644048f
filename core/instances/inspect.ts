/** How an instance is right now. Nothing of this is stored: pid, start time and QMP are asked each time. */
import { describeFailure } from "../errors.ts";
import type { Host } from "../host.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import type { ProcessIdentity } from "../process.ts";
import type { Accelerator } from "../qemu/machine.ts";
import { connectQmp, queryStatus } from "../qemu/qmp.ts";
import { diskBytes } from "./disk_use.ts";
import type { Instance } from "./instance.ts";
import { recordedProcess, type RunRecord, type StartedAs } from "./run_record.ts";
import { instanceNames, readInstance } from "./store.ts";

/**
 * running: QEMU answers and the guest's processors run. paused: they are held, and can go on. crashed: they can't.
 * unresponsive: QEMU is there but does not answer. broken: the instance's files are damaged.
 */
export type InstanceState =
  | "running"
  | "paused"
  | "crashed"
  | "unresponsive"
  | "stopped"
  | "broken";

/** A QEMU at work for an instance. */
export interface RunningFacts {
  readonly process: ProcessIdentity;
  readonly accelerator: Accelerator;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly startedAs?: StartedAs;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
}

/** An instance's state, and its QEMU when there is one. */
export interface InstanceStatus {
  readonly state: Exclude<InstanceState, "broken">;
  /** Why it is paused or crashed, for people: `the host's disk is full`. */
  readonly reason?: string;
  readonly running?: RunningFacts;
}

/** One line of the list of instances. */
export type ListedInstance =
  | {
    readonly name: string;
    readonly instance: Instance;
    readonly status: InstanceStatus;
    /** Bytes the disk takes on the host; absent when it is not there. */
    readonly diskUsed?: number;
  }
  | { readonly name: string; readonly problem: string };

interface Where {
  readonly host: Host;
  readonly paths: Paths;
}

/** QEMU answers at once unless another command talks to it. */
const ANSWER_MS = 2000;

/** How the instance is. */
export async function inspectInstance(app: Where, name: string): Promise<InstanceStatus> {
  const found = await recordedProcess(app.host, instanceFiles(app.paths, name));
  if (!found) return { state: "stopped" };
  const asked = await askState(found.record.qmpSocket);
  return { ...asked, running: facts(found.record, found.process) };
}

/** All instances; one that is broken is listed with its problem. */
export async function listInstances(app: Where): Promise<ListedInstance[]> {
  const names = await instanceNames(app.paths);
  return await Promise.all(names.map((name) => listOne(app, name)));
}

async function listOne(app: Where, name: string): Promise<ListedInstance> {
  try {
    const instance = await readInstance(app.paths, name);
    const [status, diskUsed] = await Promise.all([
      inspectInstance(app, name),
      diskBytes(app.paths, name),
    ]);
    return { name, instance, status, ...(diskUsed !== undefined && { diskUsed }) };
  } catch (error) {
    const { message, details } = describeFailure(`read the instance "${name}"`, error);
    return { name, problem: details === undefined ? message : `${message}: ${details}` };
  }
}

function facts(record: RunRecord, process: ProcessIdentity): RunningFacts {
  const { accelerator, startedAt, startedAs, qmpSocket, consoleSocket } = record;
  const place = { qmpSocket, consoleSocket };
  return { process, accelerator, startedAt, ...(startedAs && { startedAs }), ...place };
}

/**
 * What QEMU's states (RunState in qapi/run-state.json) mean where they need a reason. QEMU holds a guest with
 * "io-error" when a write finds the host's disk full (`werror=enospc`, its default), and lets it try again.
 */
const HELD: Readonly<Record<string, Pick<InstanceStatus, "state" | "reason">>> = {
  "internal-error": { state: "crashed", reason: "its processors failed" },
  "guest-panicked": { state: "crashed", reason: "its kernel panicked" },
  "io-error": { state: "paused", reason: "the host's disk is full" },
  "suspended": { state: "paused", reason: "it went to sleep" },
};

async function askState(socket: string): Promise<Pick<InstanceStatus, "state" | "reason">> {
  try {
    await using qmp = await connectQmp(socket, ANSWER_MS);
    const { status, running } = await queryStatus(qmp);
    return running ? { state: "running" } : HELD[status] ?? { state: "paused" };
  } catch {
    return { state: "unresponsive" };
  }
}
