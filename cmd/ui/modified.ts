/** What became of a change to an instance. Pure. */
import type { Modified } from "../../core/instances/modify.ts";
import type { Change } from "../../core/instances/modify_plan.ts";
import { formatForwards, parseForwards, sameForward } from "../../core/instances/forward.ts";
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
  const lines = changes.flatMap(sentences).map((sentence) => `${name}: ${sentence}`);
  if (status.running && has("disk")) {
    lines.push(
      `The guest sees the larger disk; its file system grows at its next boot: \`cubic restart ${name}\`.`,
    );
  }
  if (changes.some(({ effect }) => effect === "next-start")) {
    lines.push(`\`cubic restart ${name}\` lets it start anew.`);
  }
  return lines.join("\n");
}

function sentences({ field, from, to, effect }: Change): readonly string[] {
  const later = effect === "next-start" ? " (after the next start)" : "";
  if (typeof from === "object" && typeof to === "object") {
    return [
      ...rulesWithout(from, to).map((rule) => `no longer forwards ${rule}`),
      ...rulesWithout(to, from).map((rule) => `forwards ${rule}`),
    ];
  }
  return [`${LABELS[field]} ${value(field, to)}, was ${value(field, from)}${later}`];
}

/** The rules that are in the first list alone; a range may have lost or won a part. */
function rulesWithout(rules: readonly string[], others: readonly string[]): readonly string[] {
  const known = others.flatMap(parseForwards);
  return formatForwards(
    rules.flatMap(parseForwards).filter((rule) => !known.some((other) => sameForward(rule, other))),
  );
}

function value(field: Change["field"], value: Change["from"]): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return field === "memory" || field === "disk" ? formatSize(Number(value)) : String(value);
}
