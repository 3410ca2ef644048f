/** What `cubic prune` removes, as people and programs see it. Pure. */
import type { Prunable, PruneKind } from "../../core/doctor/prunable.ts";
import { formatSize } from "../../core/size.ts";
import { renderTable } from "./table.ts";

/** A thing in the form that `--json` promises. */
export function describePrunable(
  { kind, name, bytes, note }: Prunable,
  removed: boolean,
): Record<string, unknown> {
  return { kind, name, bytes, ...(note !== undefined && { note }), removed };
}

const KIND_NAMES: Readonly<Record<PruneKind, string>> = {
  temporary: "temporary instance",
  expired: "expired instance",
  leftovers: "leftover",
  layers: "layer",
  cache: "cache",
  images: "image",
};

/** All of them with their sum. */
export function renderPrunable(
  items: readonly Prunable[],
  total: number,
  width = Infinity,
): string {
  const columns = [
    { title: "SIZE", align: "right" as const },
    { title: "KIND" },
    { title: "WHAT" },
  ];
  const rows = items.map(({ kind, name, bytes, note }) => [
    formatSize(bytes),
    KIND_NAMES[kind],
    note === undefined ? name : `${name} (${note})`,
  ]);
  return renderTable(columns, [...rows, [formatSize(total), "in all", ""]], width);
}
