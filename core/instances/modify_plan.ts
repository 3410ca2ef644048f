/** What a modified instance is to be, decided before anything is changed. Pure. */
import { CubicError } from "../errors.ts";
import { userName } from "../names.ts";
import type { PortForward } from "../qemu/machine.ts";
import { formatSize } from "../size.ts";
import {
  formatForwards,
  formatSelector,
  type ForwardSelector,
  isSelected,
  sameForward,
} from "./forward.ts";
import type { Instance } from "./instance.ts";
import { checkForwards } from "./ports.ts";
import { checkResources, defaultResources, type HostResources } from "./resources.ts";

/** What to change; what is left out stays. */
export interface ModifyRequest {
  readonly cpus?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Bytes. */
  readonly disk?: number;
  readonly user?: string;
  readonly isolate?: boolean;
  readonly addForwards?: readonly PortForward[];
  /** Each has to mean a rule that is there. They go before the added ones come. */
  readonly removeForwards?: readonly ForwardSelector[];
}

/** When a change takes effect: QEMU can't give a machine that runs other processors, memory or isolation. */
export type Effect = "now" | "next-start";

/** One value that is another one after it. */
export interface Change {
  readonly field: "cpus" | "memory" | "disk" | "user" | "isolate" | "ports";
  /** Sizes in bytes, ports as rules. */
  readonly from: number | string | boolean | readonly string[];
  readonly to: number | string | boolean | readonly string[];
  readonly effect: Effect;
}

/** The instance as it is to be, and what of its ports goes and comes. */
export interface ModifyPlan {
  readonly next: Instance;
  readonly removed: readonly PortForward[];
  readonly added: readonly PortForward[];
  /** Something to say although it can be done. */
  readonly warning?: string;
}

/**
 * Decides it; `instance.disk` has to be what the disk file says.
 * @throws CubicError "invalid-value", "invalid-name", "port-not-found".
 */
export function planModify(
  instance: Instance,
  request: ModifyRequest,
  host: HostResources,
): ModifyPlan {
  const warning = checkWanted(request, host);
  const selectors = request.removeForwards ?? [];
  for (const selector of selectors) requireRule(instance, selector);
  const wanted = request.addForwards ?? [];
  const isWanted = (rule: PortForward): boolean => wanted.some((other) => sameForward(rule, other));
  // What goes and comes again stays.
  const removed = instance.forwards.filter((rule) =>
    selectors.some((selector) => isSelected(rule, selector)) && !isWanted(rule)
  );
  const kept = instance.forwards.filter((rule) => !removed.includes(rule));
  const added = wanted.filter((rule) => !kept.some((other) => sameForward(rule, other)));
  const forwards = [...kept, ...added];
  if (added.length > 0) checkForwards(forwards, instance.sshPort);
  const next = {
    ...instance,
    cpus: request.cpus ?? instance.cpus,
    memory: request.memory ?? instance.memory,
    disk: grownDisk(instance, request.disk),
    user: request.user === undefined ? instance.user : userName(request.user),
    isolate: request.isolate ?? instance.isolate,
    forwards,
  };
  return { next, removed, added, ...(warning !== undefined && { warning }) };
}

/** What differs between the two; `running` decides when it takes effect. */
export function listChanges(from: Instance, to: Instance, running: boolean): Change[] {
  const ports = { from: formatForwards(from.forwards), to: formatForwards(to.forwards) };
  const later: Effect = running ? "next-start" : "now";
  const all: Change[] = [
    { field: "cpus", from: from.cpus, to: to.cpus, effect: later },
    { field: "memory", from: from.memory, to: to.memory, effect: later },
    { field: "disk", from: from.disk, to: to.disk, effect: "now" },
    { field: "user", from: from.user, to: to.user, effect: "now" },
    { field: "isolate", from: from.isolate, to: to.isolate, effect: later },
    { field: "ports", ...ports, effect: "now" },
  ];
  return all.filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

/** Only what is asked for: an instance that came from a larger host can still get fewer processors. */
function checkWanted({ cpus, memory }: ModifyRequest, host: HostResources): string | undefined {
  if (cpus === undefined && memory === undefined) return undefined;
  const harmless = { cpus: 1, memory: Math.min(defaultResources(host).memory, host.memory) };
  return checkResources(
    { cpus: cpus ?? harmless.cpus, memory: memory ?? harmless.memory },
    memory === undefined ? { ...host, availableMemory: host.memory } : host,
  );
}

function grownDisk({ name, disk }: Instance, wanted: number | undefined): number {
  if (wanted === undefined) return disk;
  const size = Math.ceil(wanted / 512) * 512;
  if (size >= disk) return size;
  throw new CubicError(
    "invalid-value",
    `Cannot shrink the disk of "${name}" from ${formatSize(disk)} to ${formatSize(size)}`,
    {
      hint: "A disk only grows: what the guest has at its end would be lost. Make a smaller " +
        "instance with `cubic create`, and copy what you need with `cubic scp`.",
    },
  );
}

function requireRule({ name, forwards }: Instance, selector: ForwardSelector): void {
  if (forwards.some((rule) => isSelected(rule, selector))) return;
  throw new CubicError(
    "port-not-found",
    `Cannot remove "${formatSelector(selector)}": "${name}" has no such rule`,
    { hint: `\`cubic port list ${name}\` shows those it has.` },
  );
}
