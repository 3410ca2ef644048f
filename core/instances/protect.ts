/** Protecting an instance from being deleted. */
import type { App } from "../app.ts";
import type { Operation } from "../progress.ts";
import type { Instance } from "./instance.ts";
import { lockInstance, readInstance, writeInstance } from "./store.ts";

/** What came of it. */
export interface Protected {
  readonly instance: Instance;
  /** False when it was so before. */
  readonly changed: boolean;
}

/**
 * Protects an instance, or lets it go. A protected one is refused by delete and prune; everything else may be done
 * with it. A temporary one that is protected outlives its session.
 * @throws CubicError "instance-not-found", "instance-broken", "locked".
 */
export async function protectInstance(
  app: Pick<App, "paths">,
  name: string,
  on: boolean,
  { signal }: Operation,
): Promise<Protected> {
  await readInstance(app.paths, name);
  await using _lock = await lockInstance(app.paths, name, "protect", signal);
  const instance = await readInstance(app.paths, name);
  if (instance.protected === on) return { instance, changed: false };
  const changed = { ...instance, protected: on };
  await writeInstance(app.paths, changed);
  return { instance: changed, changed: true };
}
