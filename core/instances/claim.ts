/** Taking a name for an instance that is about to be made. */
import type { App } from "../app.ts";
import { ensureDir } from "../atomic.ts";
import { CubicError } from "../errors.ts";
import type { Lock } from "../lock.ts";
import { instanceName } from "../names.ts";
import type { Operation } from "../progress.ts";
import { generatedNames } from "./names.ts";
import { instanceExists, lockInstance, tryLockInstance } from "./store.ts";
import { removeLeftover } from "./temporary.ts";

/** A name that nobody has, and the lock under which it stays so. */
export interface Claim {
  readonly name: string;
  readonly lock: Lock;
}

/**
 * Fails when there is an instance of that name; what a killed session left of a temporary one is removed.
 * @throws CubicError "instance-exists", "invalid-name".
 */
export async function requireNew(app: App, wanted: string, operation: Operation): Promise<void> {
  const name = instanceName(wanted);
  if (!(await instanceExists(app.paths, name))) return;
  if (await removeLeftover(app, name, operation)) return;
  throw existsError(name);
}

/**
 * Takes the name, or one that is made up by chance and free.
 * @throws CubicError "instance-exists", "invalid-name", "locked".
 */
export async function claimName(
  app: App,
  wanted: string | undefined,
  operation: Operation,
  random: () => number = Math.random,
): Promise<Claim> {
  await ensureDir(app.paths.instances);
  return wanted === undefined
    ? await claimGenerated(app, random)
    : await claimGiven(app, instanceName(wanted), operation);
}

async function claimGiven(app: App, name: string, operation: Operation): Promise<Claim> {
  await requireNew(app, name, operation);
  const lock = await lockInstance(app.paths, name, "create", operation.signal);
  if (!(await instanceExists(app.paths, name))) return { name, lock };
  await lock.release();
  throw existsError(name);
}

/** A name that somebody is just about to take counts as taken. */
async function claimGenerated(app: App, random: () => number): Promise<Claim> {
  const names = generatedNames(random);
  while (true) {
    const name = names.next().value;
    if (await instanceExists(app.paths, name)) continue;
    const lock = await tryLockInstance(app.paths, name, "create");
    if (lock && !(await instanceExists(app.paths, name))) return { name, lock };
    await lock?.release();
  }
}

function existsError(name: string): CubicError {
  return new CubicError("instance-exists", `Cannot create "${name}": there is one already`, {
    hint: `\`cubic ssh ${name}\` opens a shell in it, \`cubic delete ${name}\` removes it; ` +
      "--if-missing takes it as it is.",
  });
}
