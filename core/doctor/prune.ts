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
    const items = await PRUNERS[kind].find(app);
    const fresh = items.filter(({ name }) => !found.some((other) => covers(app, other, name)));
    found.push(...fresh.map((item) => ({ kind, ...item })));
  }
  return found;
}

/** Whether something goes away with another: the same, or a file of an instance. */
function covers({ paths }: App, { kind, name }: Prunable, other: string): boolean {
  if (name === other) return true;
  const isInstance = kind === "temporary" || kind === "expired";
  return isInstance && other.startsWith(instanceFiles(paths, name).dir + sep);
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
