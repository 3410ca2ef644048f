/**
 * Temporary instances, which `cubic run --rm` makes: they live as long as the session that made them. The session
 * holds a lock of the kernel's, so one that was killed before it could clean up is told from one that goes on.
 */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import { acquireLock, type Lock, tryAcquireLock } from "../lock.ts";
import { instanceName } from "../names.ts";
import type { Paths } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { deleteInstance } from "./delete.ts";
import type { Instance } from "./instance.ts";
import { instanceNames, readInstance } from "./store.ts";

/** A temporary instance and the session it lives for. */
export interface TemporaryInstance {
  readonly instance: Instance;
  /** Held until the instance is deleted. */
  readonly session: Lock;
}

/** Others look at the lock for a moment only. */
const LOOK_MS = 3000;

/** Cleaning up must not wait for ever, nor be kept from it by the Ctrl-C that ended the session. */
const END_MS = 60_000;

/**
 * Takes the lock that a session holds while it lives.
 * @throws CubicError "locked" when another session has it.
 */
export async function holdSession(
  paths: Pick<Paths, "locks">,
  name: string,
  signal: AbortSignal,
): Promise<Lock> {
  const options = { purpose: "run --rm", subject: name, waitMs: LOOK_MS, signal };
  return await acquireLock(paths, sessionLock(name), options);
}

/** The temporary instances whose sessions are gone, running or not; those that are protected stay. */
export async function temporaryLeftovers(app: App): Promise<Instance[]> {
  const leftovers: Instance[] = [];
  for (const name of await instanceNames(app.paths)) {
    const instance = await readTemporary(app, name);
    if (!instance) continue;
    await using session = await tryAcquireLock(app.paths, sessionLock(name));
    if (session) leftovers.push(instance);
  }
  return leftovers;
}

/** Deletes the instance of that name if it is a temporary one whose session is gone; tells whether it was. */
export async function removeLeftover(
  app: App,
  name: string,
  operation: Operation,
): Promise<boolean> {
  const leftover = await readTemporary(app, name);
  if (!leftover) return false;
  await using session = await tryAcquireLock(app.paths, sessionLock(name));
  if (!session) return false;
  operation.report({
    kind: "note",
    text: `Removing the temporary instance ${name}: its session is gone`,
  });
  return await deleteSame(app, leftover, operation);
}

/**
 * Deletes a temporary instance at the end of its session. One that was deleted, renamed or protected meanwhile is
 * fine, and what has its name by now is left alone; any other trouble is only warned of, because the session's own end
 * counts more.
 */
export async function endTemporary(
  app: App,
  { instance, session }: TemporaryInstance,
  report: Operation["report"],
): Promise<void> {
  await using _session = session;
  try {
    await deleteSame(app, instance, { signal: AbortSignal.timeout(END_MS), report });
  } catch (error) {
    if (isCubicError(error, "instance-protected")) {
      return report({ kind: "note", text: `${instance.name} is protected and stays` });
    }
    const why = error instanceof CubicError ? error.message : String(error);
    report({ kind: "warning", text: `${why}; \`cubic delete ${instance.name}\` deletes it.` });
  }
}

/** Deletes an instance if its name is still its own, and it is still temporary; tells whether it was. */
async function deleteSame(
  app: App,
  { name, uuid }: Instance,
  operation: Operation,
): Promise<boolean> {
  const isSame = (now: Instance): boolean => now.uuid === uuid && now.temporary;
  try {
    // Without a look beforehand we would wait for whoever is making the next one of that name.
    if (!isSame(await readInstance(app.paths, name))) return false;
    return await deleteInstance(app, name, operation, isSame);
  } catch (error) {
    if (isCubicError(error, "instance-not-found")) return false;
    throw error;
  }
}

async function readTemporary(app: App, name: string): Promise<Instance | undefined> {
  try {
    const instance = await readInstance(app.paths, name);
    return instance.temporary && !instance.protected ? instance : undefined;
  } catch (error) {
    const gone = isCubicError(error, "instance-not-found") ||
      isCubicError(error, "instance-broken") || isCubicError(error, "invalid-name");
    if (gone) return undefined;
    throw error;
  }
}

function sessionLock(name: string): string {
  return `session-${instanceName(name)}`;
}
