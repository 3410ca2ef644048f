/** How an instance is right now. Nothing of this is stored: pid, start time and QMP are asked each time. */
import { describeFailure } from "../errors.ts";
import type { Host } from "../host.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import type { ProcessIdentity } from "../process.ts";
import type { Accelerator } from "../qemu/machine.ts";
import { connectQmp, queryStatus } from "../qemu/qmp.ts";
import type { Instance } from "./instance.ts";
import { recordedProcess, type RunRecord } from "./run_record.ts";
import { instanceNames, readInstance } from "./store.ts";

/**
 * running: QEMU answers and the guest's processors run. paused: they are held. crashed: they can't go on.
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
  readonly qmpSocket: string;
  readonly consoleSocket: string;
}

/** An instance's state, and its QEMU when there is one. */
export interface InstanceStatus {
  readonly state: Exclude<InstanceState, "broken">;
  readonly running?: RunningFacts;
}

/** One line of the list of instances. */
export type ListedInstance =
  | { readonly name: string; readonly instance: Instance; readonly status: InstanceStatus }
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
  const state = await askState(found.record.qmpSocket);
  return { state, running: facts(found.record, found.process) };
}

/** All instances; one that is broken is listed with its problem. */
export async function listInstances(app: Where): Promise<ListedInstance[]> {
  const names = await instanceNames(app.paths);
  return await Promise.all(names.map((name) => listOne(app, name)));
}

async function listOne(app: Where, name: string): Promise<ListedInstance> {
  try {
    const instance = await readInstance(app.paths, name);
    return { name, instance, status: await inspectInstance(app, name) };
  } catch (error) {
    const { message, details } = describeFailure(`read the instance "${name}"`, error);
    return { name, problem: details === undefined ? message : `${message}: ${details}` };
  }
}

function facts(record: RunRecord, process: ProcessIdentity): RunningFacts {
  const { accelerator, startedAt, qmpSocket, consoleSocket } = record;
  return { process, accelerator, startedAt, qmpSocket, consoleSocket };
}

async function askState(socket: string): Promise<InstanceStatus["state"]> {
  try {
    await using qmp = await connectQmp(socket, ANSWER_MS);
    const { status, running } = await queryStatus(qmp);
    if (running) return "running";
    if (["internal-error", "guest-panicked", "io-error"].includes(status)) return "crashed";
    return "paused";
  } catch {
    return "unresponsive";
  }
}
