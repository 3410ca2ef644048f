/**
 * The directories of the instances. One comes into being by a rename and goes by a rename, so a command that is
 * killed leaves a whole instance or a hidden leftover, never half an instance.
 */
import { join } from "node:path";
import {
  ensureDir,
  readTextIfThere,
  removeIfThere,
  statIfThere,
  syncPath,
  writeAtomic,
} from "../atomic.ts";
import { CubicError } from "../errors.ts";
import { acquireLock, type Lock, tryAcquireLock } from "../lock.ts";
import { didYouMean, instanceName } from "../names.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import { brokenInstance, formatInstance, type Instance, parseInstance } from "./instance.ts";
import { writeNewSshFiles, writeSshFiles } from "./ssh_files.ts";

/** Prefixes of leftovers; instance names can't start with a dot. */
const CREATING = ".create-";
const DELETING = ".delete-";

/** How long a command waits for another one to finish with the same instance. */
const LOCK_WAIT_MS = 3000;

/**
 * Reads an instance.
 * @throws CubicError "instance-not-found" with the names that come near, "instance-broken".
 */
export async function readInstance(paths: Paths, name: string): Promise<Instance> {
  const { config, dir } = instanceFiles(paths, instanceName(name));
  const text = await readTextIfThere(config);
  if (text !== undefined) return parseInstance(name, config, text);
  if (await statIfThere(dir)) throw brokenInstance(name, config, "The file does not exist.");
  throw await notFound(paths, name);
}

/**
 * Writes an instance's file, whole or not at all, and tells OpenSSH's programs of its port and user. When those can't
 * be told, the file is put back: who is told of a failure takes the instance to be as it was.
 */
export async function writeInstance(paths: Paths, instance: Instance): Promise<void> {
  const files = instanceFiles(paths, instance.name);
  const before = await readTextIfThere(files.config);
  await writeAtomic(files.config, formatInstance(instance));
  try {
    await writeSshFiles(instance, files);
  } catch (error) {
    if (before !== undefined) await writeAtomic(files.config, before);
    throw error;
  }
}

/** The names of all instances, also of broken ones; sorted without regard to case, alike in every language. */
export async function instanceNames(paths: Pick<Paths, "instances">): Promise<string[]> {
  return (await entries(paths)).filter((name) => !name.startsWith(".")).sort(byLetters);
}

function byLetters(a: string, b: string): number {
  const [low, high] = [a.toLowerCase(), b.toLowerCase()];
  if (low !== high) return low < high ? -1 : 1;
  return a < b ? -1 : 1;
}

/**
 * True when there is an instance of that name, whole or broken.
 * @throws CubicError "invalid-name": a name must not lead out of the directory of instances.
 */
export async function instanceExists(
  paths: Pick<Paths, "instances">,
  name: string,
): Promise<boolean> {
  return await statIfThere(join(paths.instances, instanceName(name))) !== undefined;
}

/**
 * Takes the lock under which an instance may be changed.
 * @throws CubicError "locked", naming the holder.
 */
export async function lockInstance(
  paths: Pick<Paths, "locks">,
  name: string,
  purpose: string,
  signal?: AbortSignal,
): Promise<Lock> {
  return await acquireLock(paths, lockName(instanceName(name)), {
    purpose,
    subject: name,
    waitMs: LOCK_WAIT_MS,
    ...(signal && { signal }),
  });
}

/** Takes the same lock, or returns undefined when somebody else has it. */
export async function tryLockInstance(
  paths: Pick<Paths, "locks">,
  name: string,
  purpose: string,
): Promise<Lock | undefined> {
  return await tryAcquireLock(paths, lockName(instanceName(name)), purpose);
}

/** A private place to put a new instance together; the caller holds the name's lock. */
export async function beginInstance(
  paths: Pick<Paths, "instances">,
  name: string,
): Promise<string> {
  const dir = join(paths.instances, CREATING + name);
  await removeIfThere(dir);
  await ensureDir(dir);
  return dir;
}

/** Makes a finished directory the instance of that name, also for the next power cut. */
export async function publishInstance(
  paths: Pick<Paths, "instances">,
  dir: string,
  name: string,
): Promise<void> {
  await writeNewSshFiles(dir, instanceFiles(paths, name), name);
  await syncPath(dir);
  await Deno.rename(dir, join(paths.instances, name));
  await syncPath(paths.instances);
}

/** Takes an instance away: gone at once for every other command, then removed. */
export async function removeInstance(
  paths: Pick<Paths, "instances">,
  name: string,
): Promise<void> {
  const doomed = join(paths.instances, `${DELETING}${name}-${crypto.randomUUID().slice(0, 8)}`);
  await Deno.rename(join(paths.instances, name), doomed);
  await removeIfThere(doomed);
}

/** The directories that killed commands left behind and nobody works on any more. */
export async function findLeftovers(paths: Pick<Paths, "instances" | "locks">): Promise<string[]> {
  return await eachLeftover(paths, () => Promise.resolve());
}

/** Removes what killed commands left behind; returns what was removed. */
export async function sweepLeftovers(
  paths: Pick<Paths, "instances" | "locks">,
): Promise<string[]> {
  return await eachLeftover(paths, removeIfThere);
}

/** Holds the lock of a half-made instance meanwhile, so that nobody begins to make it again. */
async function eachLeftover(
  paths: Pick<Paths, "instances" | "locks">,
  action: (path: string) => Promise<void>,
): Promise<string[]> {
  const leftovers: string[] = [];
  for (const entry of await entries(paths)) {
    const path = join(paths.instances, entry);
    if (entry.startsWith(CREATING)) {
      await using lock = await tryAcquireLock(paths, lockName(entry.slice(CREATING.length)));
      // Published or removed by its maker before we had the lock.
      if (!lock || !(await statIfThere(path))) continue;
      await action(path);
    } else if (entry.startsWith(DELETING)) {
      await action(path);
    } else {
      continue;
    }
    leftovers.push(path);
  }
  return leftovers;
}

function lockName(name: string): string {
  return `instance-${name}`;
}

async function entries(paths: Pick<Paths, "instances">): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(paths.instances)))
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function notFound(paths: Paths, name: string): Promise<CubicError> {
  const names = await instanceNames(paths);
  const near = didYouMean(name, names);
  const others = names.length === 0
    ? "There are no instances yet."
    : "`cubic instances` lists them.";
  return new CubicError("instance-not-found", `Cannot find the instance "${name}"`, {
    hint: `${near ?? others} \`cubic create ${name} --image debian\` makes it.`,
  });
}
