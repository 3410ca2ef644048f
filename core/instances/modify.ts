/** Changing an instance: everything is checked first, and either all of it is done and stored, or nothing. */
import type { App } from "../app.ts";
import { describeFailure } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { diskFacts, growDisk } from "../qemu/img.ts";
import { connectQmp } from "../qemu/qmp.ts";
import { inspectInstance, type InstanceStatus, type RunningFacts } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { changeLivePorts } from "./live_ports.ts";
import {
  type Change,
  listChanges,
  type ModifyPlan,
  type ModifyRequest,
  planModify,
} from "./modify_plan.ts";
import { lockPorts, warnOfListeners } from "./ports.ts";
import { hostResources } from "./resources.ts";
import { lockInstance, readInstance, writeInstance } from "./store.ts";
import { takeBack, type Undo } from "./undo.ts";

/** What became of it. */
export interface Modified {
  readonly instance: Instance;
  readonly status: InstanceStatus;
  /** Empty when everything was so already. */
  readonly changes: readonly Change[];
}

/**
 * Changes an instance. On one that runs, ports, disk and user change at once; the rest waits for its next start.
 * @throws CubicError "instance-not-found", "instance-broken", "locked", "invalid-value", "invalid-name",
 * "port-not-found", "port-taken", "qmp-failed", "qemu-failed", "disk-full", and for the user "instance-stopped",
 * "start-timeout", "ssh-failed"; "interrupted".
 */
export async function modifyInstance(
  app: App,
  name: string,
  request: ModifyRequest,
  operation: Operation,
): Promise<Modified> {
  await readInstance(app.paths, name);
  await using _lock = await lockInstance(app.paths, name, "modify", operation.signal);
  const stored = await readInstance(app.paths, name);
  const instance = await asDiskSays(app, stored, request, operation.signal);
  const status = await inspectInstance(app, name);
  const plan = planModify(instance, request, hostResources());
  const changes = listChanges(instance, plan.next, status.running !== undefined);
  if (changes.length === 0 && stored.disk === plan.next.disk) return { instance, status, changes };
  if (plan.warning !== undefined) operation.report({ kind: "warning", text: plan.warning });
  await applyPlan(app, instance, status, plan, operation);
  return { instance: plan.next, status, changes };
}

/** A command that was killed in between may have left the disk larger than the file says. */
async function asDiskSays(
  { host, paths }: App,
  instance: Instance,
  request: ModifyRequest,
  signal: AbortSignal,
): Promise<Instance> {
  if (request.disk === undefined) return instance;
  const { disk } = instanceFiles(paths, instance.name);
  const { virtualSize } = await diskFacts(host, disk, signal);
  return { ...instance, disk: virtualSize };
}

/** What can't be taken back comes late: the user once the ports are there, the disk when all is stored. */
async function applyPlan(
  app: App,
  before: Instance,
  { running }: InstanceStatus,
  plan: ModifyPlan,
  operation: Operation,
): Promise<void> {
  const { next, added } = plan;
  const { signal, report } = operation;
  const undo: Undo[] = [];
  // QEMU holds the ports of one that runs; nobody else can pick them while the guest makes a user.
  await using _ports = running ? undefined : await lockPorts(app.paths, signal);
  try {
    if (running) undo.push(await changeLive(app, before.name, running, plan, operation));
    else await warnOfListeners(added, `forward a port to "${before.name}"`, report);
    if (next.user !== before.user) undo.push(await makeUser(app, before, next.user, operation));
    await writeInstance(app.paths, next);
    undo.push(() => writeInstance(app.paths, before));
    if (next.disk > before.disk) await grow(app, next, running?.qmpSocket, signal);
  } catch (error) {
    await takeBack(undo, report);
    throw describeFailure(`modify "${before.name}"`, error);
  }
}

async function changeLive(
  app: App,
  name: string,
  { qmpSocket }: RunningFacts,
  { removed, added }: ModifyPlan,
  { signal, report }: Operation,
): Promise<Undo> {
  if (removed.length + added.length === 0) return () => Promise.resolve();
  await using _ports = await lockPorts(app.paths, signal);
  return await changeLivePorts(app, { name, qmpSocket, removed, added }, report);
}

/** It stays in the guest whatever comes after it, with files of its own by then perhaps; that is said. */
async function makeUser(
  app: App,
  instance: Instance,
  user: string,
  operation: Operation,
): Promise<Undo> {
  const { ensureGuestUser } = await import("./guest_user.ts");
  await ensureGuestUser(app, instance, user, operation);
  return () => Promise.reject(new Error(`the user ${user} stays in the guest`));
}

async function grow(
  { host, paths }: App,
  { name, disk }: Instance,
  qmpSocket: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (qmpSocket === undefined) {
    return await growDisk(host, instanceFiles(paths, name).disk, disk, signal);
  }
  await using qmp = await connectQmp(qmpSocket);
  // The name of the node in qemu/args.ts.
  await qmp.execute("block_resize", { "node-name": "disk", size: disk });
}
