/**
 * What disks stand on. A disk is an overlay on an image of the store, or on a layer: a disk that was frozen by
 * `cubic clone`, which from then on carries its instance and the copies. A layer lives as long as the disk of an
 * instance reaches it.
 */
import { dirname, join, resolve } from "node:path";
import { ensureDir, removeIfThere, statIfThere, syncPath } from "../atomic.ts";
import { isCubicError } from "../errors.ts";
import { acquireLock, type Lock } from "../lock.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import { readOverlay } from "../qemu/overlay.ts";
import { instanceNames } from "./store.ts";

/** The one file of a layer's directory. */
const DISK = "disk.qcow2";

/** Waiting for the lock takes as long as others need to make a clone: less than a second. */
const LOCK_WAIT_MS = 10_000;

/**
 * The backing file of a disk as its header names it: relative, so that a data directory can be moved as a whole. It
 * is the same for the disk of an instance and for a layer, because both are two directories deep.
 */
export function relativeBacking(...below: readonly string[]): string {
  return join("..", "..", ...below);
}

/** Holds back everybody who freezes a disk, moves one, or removes a layer. */
export async function lockLayers(
  paths: Pick<Paths, "locks">,
  purpose: string,
  signal?: AbortSignal,
): Promise<Lock> {
  return await acquireLock(paths, "layers", {
    purpose,
    waitMs: LOCK_WAIT_MS,
    ...(signal && { signal }),
  });
}

/** The files below a disk, the nearest first, as far as they are there; and the one that is not. */
export interface Chain {
  readonly below: readonly string[];
  readonly missing?: string;
  /** False when a file could not be understood, so that there may be more below it. */
  readonly whole: boolean;
}

/** What a disk stands on. */
export async function readChain(disk: string): Promise<Chain> {
  const below: string[] = [];
  for (let path = disk;;) {
    const overlay = await readOverlay(path).catch(() => undefined);
    if (!overlay) return { below, whole: false };
    if (overlay.backing === undefined) return { below, whole: true };
    path = resolve(dirname(path), overlay.backing);
    if (!(await statIfThere(path))) return { below, missing: path, whole: true };
    // A file below itself: QEMU would refuse it too.
    if (below.includes(path)) return { below, whole: false };
    below.push(path);
  }
}

/**
 * Makes a second name for a disk among the layers, and returns it as a backing file. The caller holds the lock of the
 * layers until something stands on it.
 */
export async function addLayer(paths: Pick<Paths, "layers">, disk: string): Promise<string> {
  const id = crypto.randomUUID();
  const dir = join(paths.layers, id);
  await ensureDir(dir);
  await Deno.link(disk, join(dir, DISK));
  // The directory and its name too: by the next power cut, what stands on it must find it.
  for (const path of [dir, paths.layers, dirname(paths.layers)]) await syncPath(path);
  return relativeBacking("layers", id, DISK);
}

/** A directory below `layers` that no instance needs. */
export interface UnusedLayer {
  readonly path: string;
  /** Bytes that are free when it is gone. */
  readonly bytes: number;
}

/**
 * The layers that no disk stands on; none when there is a disk of which that can't be told, be it that it is missing
 * and may come back from a backup. Instances that are `leaving` do not count.
 */
export async function unusedLayers(
  paths: Pick<Paths, "layers" | "instances">,
  leaving: ReadonlySet<string> = new Set(),
): Promise<readonly UnusedLayer[]> {
  const layers = await layerDirs(paths);
  if (layers.length === 0) return [];
  const used = new Set<string>();
  for (const name of await instanceNames(paths)) {
    if (leaving.has(name)) continue;
    const { dir, disk } = instanceFiles(paths, name);
    const { below, missing, whole } = await readChain(disk);
    if (!whole) {
      // Deleted while we looked: it stands on nothing any more.
      if (!(await statIfThere(dir))) continue;
      return [];
    }
    for (const path of missing === undefined ? below : [...below, missing]) used.add(dirname(path));
  }
  const unused = layers.filter((path) => !used.has(path));
  return await Promise.all(unused.map(async (path) => ({ path, bytes: await layerBytes(path) })));
}

/** Removes the layers that nothing stands on; returns what was removed. */
export async function sweepLayers(
  paths: Pick<Paths, "layers" | "instances" | "locks">,
): Promise<readonly UnusedLayer[]> {
  if ((await layerDirs(paths)).length === 0) return [];
  try {
    await using _lock = await lockLayers(paths, "removing layers");
    const unused = await unusedLayers(paths);
    for (const { path } of unused) await removeIfThere(path);
    return unused;
  } catch (error) {
    // Somebody makes a clone; whoever deletes or prunes next will find them.
    if (isCubicError(error, "locked")) return [];
    throw error;
  }
}

/** A disk that still has another name is not freed with this one. */
async function layerBytes(path: string): Promise<number> {
  const stat = await statIfThere(join(path, DISK));
  return stat && (stat.nlink ?? 1) < 2 ? (stat.blocks ?? 0) * 512 : 0;
}

async function layerDirs({ layers }: Pick<Paths, "layers">): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(layers))).map(({ name }) => join(layers, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
