/** Instances as people and programs see them. Pure. */
import type { InstanceStatus, ListedInstance } from "../../core/instances/inspect.ts";
import type { Instance } from "../../core/instances/instance.ts";
import { formatForward } from "../../core/instances/forward.ts";
import { formatSize } from "../../core/size.ts";
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
    ...{ image, imageDigest: instance.imageDigest, arch, user, cpus, memory, disk },
    sshPort: instance.sshPort,
    ports: instance.forwards.map(formatForward),
    ...{ isolate, mac, uuid, created },
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
    "problem" in entry
      ? { name: entry.name, state: "broken", problem: entry.problem }
      : describeInstance(entry.instance, entry.status)
  );
}

/** The list as a table. */
export function renderList(list: readonly ListedInstance[], all: boolean): string {
  const right = "right" as const;
  const columns = [
    { title: "NAME" },
    { title: "STATE" },
    { title: "IMAGE" },
    { title: "CPUS", align: right },
    { title: "MEMORY", align: right },
    { title: "DISK", align: right },
    ...(all ? [{ title: "SSH", align: right }, { title: "PID", align: right }] : []),
  ];
  return renderTable(columns, list.map((entry) => listRow(entry, all)));
}

function listRow(entry: ListedInstance, all: boolean): string[] {
  if ("problem" in entry) return [entry.name, "broken"];
  const { name, instance, status } = entry;
  const row = [
    name,
    status.state,
    shortImage(instance),
    String(instance.cpus),
    formatSize(instance.memory),
    formatSize(instance.disk),
  ];
  if (!all) return row;
  return [...row, String(instance.sshPort), String(status.running?.process.pid ?? "")];
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
  readonly hostKeyFingerprint: string;
  readonly sshCommand: string;
}

/** All facts of one instance. */
export function renderInstance(
  instance: Instance,
  status: InstanceStatus,
  extras: InstanceExtras,
): string {
  const used = extras.diskUsed === undefined ? "" : ` (${formatSize(extras.diskUsed)} used)`;
  return renderFacts([
    ["Name", instance.name],
    ["State", status.state],
    ["Image", instance.image],
    ["CPUs", String(instance.cpus)],
    ["Memory", formatSize(instance.memory)],
    ["Disk", formatSize(instance.disk) + used],
    ["User", instance.user],
    ["Isolated", instance.isolate ? "yes" : "no"],
    ["Ports", instance.forwards.map(formatForward).join("\n") || undefined],
    ["SSH", extras.sshCommand],
    ["Host key", extras.hostKeyFingerprint],
    ["Accelerator", status.running?.accelerator],
    ["PID", status.running && String(status.running.process.pid)],
    ["Started", status.running?.startedAt],
    ["Created", instance.created],
    ["Directory", extras.dir],
  ]);
}
