/** What became of a change to an instance. Pure. */
import type { Modified } from "../../core/instances/modify.ts";
import type { Change } from "../../core/instances/modify_plan.ts";
import { formatSize } from "../../core/size.ts";

/** In the form that `--json` promises: sizes are bytes, ports rules; `changes` is empty when all was so already. */
export function describeModified(
  { instance, status, changes }: Modified,
): Record<string, unknown> {
  return {
    name: instance.name,
    state: status.state,
    changes,
    restartNeeded: changes.some(({ effect }) => effect === "next-start"),
  };
}

const LABELS: Readonly<Record<Change["field"], string>> = {
  cpus: "CPUs",
  memory: "memory",
  disk: "disk",
  user: "user",
  isolate: "isolated",
  ports: "ports",
};

/** For people: a line for each change, and what is left to do. */
export function renderModified({ instance, status, changes }: Modified): string {
  const { name } = instance;
  if (changes.length === 0) return `Nothing to change: ${name} is so already`;
  const has = (field: Change["field"]): boolean => changes.some((change) => change.field === field);
  const lines = changes.map((change) => `${name}: ${sentence(change)}`);
  if (status.running && has("disk")) {
    lines.push(
      `The guest sees the larger disk; its file system grows at its next boot: \`cubic restart ${name}\`.`,
    );
  }
  if (changes.some(({ effect }) => effect === "next-start")) {
    lines.push(`What is marked so takes effect at the next start: \`cubic restart ${name}\`.`);
  }
  return lines.join("\n");
}

function sentence({ field, from, to, effect }: Change): string {
  const later = effect === "next-start" ? " (after the next start)" : "";
  if (field === "ports") return `ports ${value(field, to)}, was ${value(field, from)}`;
  return `${LABELS[field]} ${value(field, to)}, was ${value(field, from)}${later}`;
}

function value(field: Change["field"], value: Change["from"]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return value.length === 0 ? "none" : value.join(" ");
  return field === "memory" || field === "disk" ? formatSize(Number(value)) : String(value);
}
