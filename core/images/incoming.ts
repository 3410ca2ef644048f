/** Files on their way into the store: copies and conversions in its own directory, cleared if their cubic is killed. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { ensureDir, removeIfThere } from "../atomic.ts";
import { acquireLock, tryAcquireLock } from "../lock.ts";
import { findImageLeftovers, removeImageLeftovers } from "./store.ts";

const LOCK = "image-incoming";
/** Converting a large image on a slow machine takes minutes. */
const WAIT_MS = 3_600_000;

/**
 * Calls `work` with a directory that is gone afterwards. One at a time: whoever has the lock knows that everything
 * else in there was left by somebody who was killed.
 * @throws CubicError "locked", "interrupted", and what `work` throws.
 */
export async function withIncoming<Result>(
  app: Pick<App, "paths">,
  purpose: string,
  signal: AbortSignal,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  await using _lock = await acquireLock(app.paths, LOCK, { purpose, signal, waitMs: WAIT_MS });
  await removeImageLeftovers(app.paths);
  await ensureDir(app.paths.images);
  const directory = join(app.paths.images, `.incoming-${crypto.randomUUID()}`);
  await ensureDir(directory);
  try {
    return await work(directory);
  } finally {
    await removeIfThere(directory);
  }
}

/** What killed commands left; none while somebody is at work there. */
export async function findIncoming({ paths }: Pick<App, "paths">): Promise<string[]> {
  return await whenFree(paths, findImageLeftovers);
}

/** Clears what killed commands left, unless somebody is at work there; returns what was removed. */
export async function clearIncoming({ paths }: Pick<App, "paths">): Promise<string[]> {
  return await whenFree(paths, removeImageLeftovers);
}

async function whenFree(
  paths: App["paths"],
  action: (paths: App["paths"]) => Promise<string[]>,
): Promise<string[]> {
  await using lock = await tryAcquireLock(paths, LOCK, "clearing leftovers");
  return lock ? await action(paths) : [];
}
