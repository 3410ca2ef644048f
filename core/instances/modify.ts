/** Changing an instance: everything is checked first, and either all of it is done and stored, or nothing. */
import type { App } from "../app.ts";
import { describeFailure } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { diskFacts, growDisk } from "../qemu/img.ts";
import { connectQmp } from "../qemu/qmp.ts";
import { inspectInstance, type InstanceStatus } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { changeLivePorts, type Undo } from "./live_ports.ts";
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
 * "start-timeout", "ssh-failed".
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
  const instance = await asDiskSays(app, stored, request);
  const status = await inspectInstance(app, name);
  const plan = planModify(instance, request, hostResources());
  const changes = listChanges(instance, plan.next, status.running !== undefined);
  if (changes.length === 0 && stored.disk === plan.next.disk) return { instance, status, changes };
  if (plan.warning !== undefined) operation.report({ kind: "warning", text: plan.warning });
  if (plan.next.user !== instance.user) await makeUser(app, instance, plan.next.user, operation);
  await applyPlan(app, instance, status, plan, operation);
  return { instance: plan.next, status, changes };
}

/** A command that was killed in between may have left the disk larger than the file says. */
async function asDiskSays(
  { host, paths }: App,
  instance: Instance,
  request: ModifyRequest,
): Promise<Instance> {
  if (request.disk === undefined) return instance;
  const { virtualSize } = await diskFacts(host, instanceFiles(paths, instance.name).disk);
  return { ...instance, disk: virtualSize };
}

async function makeUser(
  app: App,
  instance: Instance,
  user: string,
  operation: Operation,
): Promise<void> {
  const { ensureGuestUser } = await import("./guest_user.ts");
  await ensureGuestUser(app, instance, user, operation);
}

/** What can't be taken back, the disk, comes last. */
async function applyPlan(
  app: App,
  before: Instance,
  { running }: InstanceStatus,
  { next, removed, added }: ModifyPlan,
  { signal, report }: Operation,
): Promise<void> {
  const { name } = before;
  const undo: Undo[] = [];
  await using _ports = await lockPorts(app.paths, signal);
  try {
    if (!running) await warnOfListeners(added, `forward a port to "${name}"`, report);
    else if (removed.length + added.length > 0) {
      const change = { name, qmpSocket: running.qmpSocket, removed, added };
      undo.push(await changeLivePorts(app, change));
    }
    await writeInstance(app.paths, next);
    undo.push(() => writeInstance(app.paths, before));
    if (next.disk > before.disk) await grow(app, next, running?.qmpSocket);
  } catch (error) {
    for (const step of undo.toReversed()) {
      await step().catch((failure) =>
        report({
          kind: "warning",
          text: `A part of the change could not be taken back: ${failure.message}`,
        })
      );
    }
    throw describeFailure(`modify "${name}"`, error);
  }
}

async function grow(
  { host, paths }: App,
  { name, disk }: Instance,
  qmpSocket: string | undefined,
): Promise<void> {
  if (qmpSocket === undefined) return await growDisk(host, instanceFiles(paths, name).disk, disk);
  await using qmp = await connectQmp(qmpSocket);
  // The name of the node in qemu/args.ts.
  await qmp.execute("block_resize", { "node-name": "disk", size: disk });
}
