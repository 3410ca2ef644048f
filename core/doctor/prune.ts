/** Finding what can be removed to free the host's disk, and removing it. */
import { sep } from "node:path";
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { type Prunable, PRUNE_KINDS, type PruneKind, type Pruner } from "./prunable.ts";
import { cachePruner } from "./prune_cache.ts";
import { imagesPruner, layersPruner } from "./prune_images.ts";
import { expiredPruner, temporaryPruner } from "./prune_instances.ts";
import { leftoversPruner } from "./prune_leftovers.ts";

const PRUNERS: Readonly<Record<PruneKind, Pruner>> = {
  temporary: temporaryPruner,
  expired: expiredPruner,
  leftovers: leftoversPruner,
  layers: layersPruner,
  cache: cachePruner,
  images: imagesPruner,
};

/** What of those kinds can be removed now, each thing once. */
export async function findPrunable(
  app: App,
  kinds: readonly PruneKind[],
): Promise<readonly Prunable[]> {
  const found: Prunable[] = [];
  for (const kind of PRUNE_KINDS.filter((kind) => kinds.includes(kind))) {
    const items = await PRUNERS[kind].find(app, instancesOf(found));
    const fresh = items.filter(({ name }) => !found.some((other) => covers(app, other, name)));
    found.push(...fresh.map((item) => ({ kind, ...item })));
  }
  return found;
}

/** Those that are gone when it comes to what they stood on. */
function instancesOf(items: readonly Prunable[]): ReadonlySet<string> {
  return new Set(items.filter(isInstance).map(({ name }) => name));
}

function isInstance({ kind }: Prunable): boolean {
  return kind === "temporary" || kind === "expired";
}

/** Whether something goes away with another: the same, or a file of an instance. */
function covers({ paths }: App, item: Prunable, other: string): boolean {
  const { name } = item;
  if (name === other) return true;
  return isInstance(item) && other.startsWith(instanceFiles(paths, name).dir + sep);
}

/**
 * Removes one of them; false when it may not be removed any more, because somebody uses it by now.
 * @throws CubicError "locked", "failed" when files can't be removed.
 */
export async function prune(
  app: App,
  { kind, name }: Prunable,
  operation: Operation,
): Promise<boolean> {
  return await PRUNERS[kind].remove(app, name, operation);
}
