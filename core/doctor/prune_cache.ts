/** What is kept to make a later command faster: partial downloads, and what image builds downloaded. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere } from "../atomic.ts";
import { downloads } from "../images/obtain.ts";
import { bytesOnDisk } from "../instances/bytes_on_disk.ts";
import { type Lock, tryAcquireLock } from "../lock.ts";
import type { Prunable, Pruner } from "./prunable.ts";

/** A download that was written to so lately may have been begun after we looked for its lock. */
const QUIET_MS = 60_000;

/** Everything of it that nobody works with. */
export const cachePruner: Pruner = {
  find: async (app) => [...await findDownloads(app), ...await findBuilds(app)],
  remove: async (app, path) => {
    const now = await cachePruner.find(app);
    if (!now.some(({ name }) => name === path)) return false;
    for (const file of [path, ...await companions(path)]) await removeIfThere(file);
    return true;
  },
};

/** Partial downloads, each with what is known of it; none while something is downloaded. */
async function findDownloads(app: App): Promise<readonly Omit<Prunable, "kind">[]> {
  if (await isDownloading(app)) return [];
  const found: Omit<Prunable, "kind">[] = [];
  for (const path of await entries(downloads(app))) {
    if (!path.endsWith(".part") || await isFresh(app, path)) continue;
    const files = [path, ...await companions(path)];
    const sizes = await Promise.all(files.map(bytesOnDisk));
    found.push({ name: path, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) });
  }
  return found;
}

/** Package files and work directories of `cubic image build`; none while one runs. */
async function findBuilds({ paths }: App): Promise<readonly Omit<Prunable, "kind">[]> {
  await using lock = await tryAcquireLock(paths, "image-build", "prune");
  if (!lock) return [];
  const found: Omit<Prunable, "kind">[] = [];
  for (const path of [join(paths.cache, "apt"), join(paths.cache, "build")]) {
    if (await statIfThere(path)) found.push({ name: path, bytes: await bytesOnDisk(path) });
  }
  return found;
}

/** Whoever downloads holds a lock that is named after the image. */
async function isDownloading({ paths }: App): Promise<boolean> {
  for (const path of await entries(paths.locks)) {
    const [, name] = /\/(image-[^/]*)\.lock$/.exec(path) ?? [];
    if (name === undefined) continue;
    const lock: Lock | undefined = await tryAcquireLock(paths, name, "prune");
    if (!lock) return true;
    await lock.release();
  }
  return false;
}

async function isFresh({ host }: App, path: string): Promise<boolean> {
  const written = (await statIfThere(path))?.mtime?.getTime() ?? 0;
  return host.now() - written < QUIET_MS;
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
