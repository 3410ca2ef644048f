/** What is kept to make a later command faster: partial downloads, and what image builds downloaded. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere } from "../atomic.ts";
import { downloads, partialLock } from "../images/obtain.ts";
import { bytesOnDisk } from "../instances/bytes_on_disk.ts";
import { tryAcquireLock } from "../lock.ts";
import type { Prunable, Pruner } from "./prunable.ts";

/** Whoever builds holds it. */
const BUILD_LOCK = "image-build";

/** Everything of it that nobody works with. */
export const cachePruner: Pruner = {
  find: async (app) => [...await findDownloads(app), ...await findBuilds(app)],
  remove: async ({ paths }, path) => {
    const lockName = path.endsWith(".part") ? partialLock(path) : BUILD_LOCK;
    // Held until it is gone: a build or download that begins meanwhile waits, and begins with nothing.
    await using lock = await tryAcquireLock(paths, lockName, "prune");
    if (!lock || !(await statIfThere(path))) return false;
    for (const file of [path, ...await companions(path)]) await removeIfThere(file);
    return true;
  },
};

/** Partial downloads that nobody goes on with now, each with what is known of it. */
async function findDownloads(app: App): Promise<readonly Omit<Prunable, "kind">[]> {
  const found: Omit<Prunable, "kind">[] = [];
  for (const path of await entries(downloads(app))) {
    if (!path.endsWith(".part")) continue;
    await using lock = await tryAcquireLock(app.paths, partialLock(path), "prune");
    if (!lock) continue;
    const files = [path, ...await companions(path)];
    const sizes = await Promise.all(files.map(bytesOnDisk));
    found.push({ name: path, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) });
  }
  return found;
}

/** Package files and work directories of `cubic image build`; none while one runs. */
async function findBuilds({ paths }: App): Promise<readonly Omit<Prunable, "kind">[]> {
  await using lock = await tryAcquireLock(paths, BUILD_LOCK, "prune");
  if (!lock) return [];
  const found: Omit<Prunable, "kind">[] = [];
  for (const path of [join(paths.cache, "apt"), join(paths.cache, "build")]) {
    if (await statIfThere(path)) found.push({ name: path, bytes: await bytesOnDisk(path) });
  }
  return found;
}

/** The files beside a partial download that tell of it. */
async function companions(path: string): Promise<readonly string[]> {
  if (!path.endsWith(".part")) return [];
  return (await entries(join(path, ".."))).filter((other) => other.startsWith(`${path}.`));
}

async function entries(directory: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) =>
      join(directory, name)
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
