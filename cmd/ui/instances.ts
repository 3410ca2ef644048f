/** Instances as people and programs see them. Pure. */
import type { InstanceStatus, ListedInstance } from "../../core/instances/inspect.ts";
import type { Instance } from "../../core/instances/instance.ts";
import { formatForward, formatForwards } from "../../core/instances/forward.ts";
import { formatSize } from "../../core/size.ts";
import { formatFraction } from "./fraction.ts";
import { formatAge, formatMoment, formatSince } from "./moment.ts";
import { renderFacts, renderTable } from "./table.ts";

/** An instance in the form that `--json` promises: names never change their meaning. Sizes are bytes. */
export function describeInstance(
  instance: Instance,
  status?: InstanceStatus,
): Record<string, unknown> {
  const { name, image, arch, user, cpus, memory, disk, mac, isolate, created, uuid } = instance;
  return {
    name,
    ...(status && { state: status.state }),
    ...(status?.reason !== undefined && { reason: status.reason }),
    ...{ image, imageDigest: instance.imageDigest, arch, user, cpus, memory, disk },
    sshPort: instance.sshPort,
    ports: instance.forwards.map(formatForward),
    ...{ isolate, protected: instance.protected, temporary: instance.temporary },
    ...{ mac, uuid, created },
    ...(instance.expires !== undefined && { expires: instance.expires }),
    ...(status?.running && {
      pid: status.running.process.pid,
      accelerator: status.running.accelerator,
      startedAt: status.running.startedAt,
    }),
  };
}

/** The list for `--json`. */
export function describeList(list: readonly ListedInstance[]): Record<string, unknown>[] {
  return list.map((entry) =>
    "problem" in entry ? { name: entry.name, state: "broken", problem: entry.problem } : {
      ...describeInstance(entry.instance, entry.status),
      ...(entry.diskUsed !== undefined && { diskUsed: entry.diskUsed }),
    }
  );
}

/** The list as a table. */
export function renderList(
  list: readonly ListedInstance[],
  all: boolean,
  width = Infinity,
  now = Date.now(),
): string {
  const right = "right" as const;
  const columns = [
    { title: "NAME" },
    { title: "STATE" },
    { title: "IMAGE" },
    { title: "CPUS", align: right },
    { title: "MEMORY", align: right },
    { title: "DISK", align: right },
    { title: "AGE", align: right },
    ...(all ? [{ title: "SSH", align: right }, { title: "PID", align: right }] : []),
  ];
  return renderTable(columns, list.map((entry) => listRow(entry, all, now)), width);
}

function listRow(entry: ListedInstance, all: boolean, now: number): string[] {
  if ("problem" in entry) return [entry.name, "broken"];
  const { name, instance, status } = entry;
  const row = [
    name,
    stateText(status),
    shortImage(instance),
    String(instance.cpus),
    formatSize(instance.memory),
    formatFraction(entry.diskUsed, instance.disk),
    formatAge(now - Date.parse(instance.created)),
  ];
  if (!all) return row;
  return [...row, String(instance.sshPort), String(status.running?.process.pid ?? "")];
}

/** The state, with its reason where it has one. */
function stateText({ state, reason }: InstanceStatus): string {
  return reason === undefined ? state : `${state}: ${reason}`;
}

/** The architecture goes without saying when it is the host's own. */
function shortImage({ image }: Instance): string {
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  return image.endsWith(`:${arch}`) ? image.slice(0, -arch.length - 1) : image;
}

/** What is worth knowing beside the instance itself. */
export interface InstanceExtras {
  readonly dir: string;
  /** Bytes the disk takes on the host; undefined when it can't be read. */
  readonly diskUsed: number | undefined;
  /** Bytes of the host's memory that QEMU holds; null when it does not run. */
  readonly memoryHost: number | null;
  /** What the guest says it uses; null when that is not known. */
  readonly memoryGuest: { readonly used: number; readonly total: number } | null;
  /** What waits for the next start. */
  readonly pending?: readonly string[];
  readonly hostKeyFingerprint: string;
  readonly sshCommand: string;
}

/** All facts of one instance. */
export function renderInstance(
  instance: Instance,
  status: InstanceStatus,
  extras: InstanceExtras,
  now = Date.now(),
): string {
  const { running } = status;
  return renderFacts([
    ["Name", instance.name],
    ["State", stateText(status)],
    ["Image", instance.image],
    ["Digest", instance.imageDigest.replace("-", " ")],
    ["Next start", pendingText(status, extras)],
    ["CPUs", String(instance.cpus)],
    ["Memory", memoryText(instance, extras)],
    ["Disk", formatFraction(extras.diskUsed, instance.disk)],
    ["User", instance.user],
    ["Isolated", instance.isolate ? "yes" : "no"],
    ["Ports", formatForwards(instance.forwards).join("\n") || undefined],
    ["SSH", extras.sshCommand],
    ["Host key", extras.hostKeyFingerprint],
    ["Accelerator", running?.accelerator],
    ["PID", running && String(running.process.pid)],
    ["Started", running && formatSince(running.startedAt, now)],
    ["Created", formatSince(instance.created, now)],
    ["Expires", instance.expires && formatMoment(instance.expires)],
    ["Protected", instance.protected ? "yes" : undefined],
    ["Temporary", instance.temporary ? "yes" : undefined],
    ["Directory", extras.dir],
  ]);
}

/** What it has, and what of that is in use where it runs. */
function memoryText(
  { memory }: Pick<Instance, "memory">,
  { memoryHost, memoryGuest }: Pick<InstanceExtras, "memoryHost" | "memoryGuest">,
): string {
  const uses = [
    ...(memoryHost === null ? [] : [`QEMU holds ${formatSize(memoryHost)}`]),
    ...(memoryGuest === null
      ? []
      : [`the guest uses ${formatFraction(memoryGuest.used, memoryGuest.total)}`]),
  ];
  return uses.length === 0 ? formatSize(memory) : `${formatSize(memory)} (${uses.join(", ")})`;
}

/** What the machine that runs has not got yet. */
function pendingText(
  { running }: InstanceStatus,
  { pending = [] }: Pick<InstanceExtras, "pending">,
): string | undefined {
  const { cpus = 0, memory = 0, isolate = false } = running?.startedAs ?? {};
  const now: Readonly<Record<string, string>> = {
    cpus: `CPUs (${cpus} until then)`,
    memory: `memory (${formatSize(memory)} until then)`,
    isolate: `isolation (${isolate ? "on" : "off"} until then)`,
  };
  return pending.length === 0 ? undefined : pending.map((field) => now[field] ?? field).join(", ");
}
