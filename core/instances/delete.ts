/** Deleting an instance, whole or broken. */
import type { App } from "../app.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import type { Doomed } from "./doomed.ts";
import type { Instance } from "./instance.ts";
import { killQemu } from "./kill.ts";
import { sweepLayers } from "./layers.ts";
import { clearRun, findQemuProcesses, recordedProcess, searchByDirectory } from "./run_record.ts";
import {
  instanceExists,
  lockInstance,
  readInstance,
  removeInstance,
  sweepLeftovers,
} from "./store.ts";

/**
 * Deletes the very instance that somebody was shown; a broken one is known by its name only.
 * @throws CubicError as {@linkcode deleteInstance}; "instance-not-found" when another one has its name by now.
 */
export async function deleteDoomed(
  app: App,
  { name, uuid }: Pick<Doomed, "name" | "uuid">,
  operation: Operation,
): Promise<void> {
  const isMeant = uuid === undefined ? undefined : (now: Instance) => now.uuid === uuid;
  if (await deleteInstance(app, name, operation, isMeant)) return;
  throw new CubicError(
    "instance-not-found",
    `Cannot delete "${name}": by now that is another one`,
    {
      hint: "`cubic instances` lists those that there are.",
    },
  );
}

/**
 * Removes an instance with its disk, and the layers that only it stood on; a running one is cut off. The base image
 * stays. With `isMeant`, only the one it is true of, asked under the instance's lock: by then another one may have the
 * name. Tells whether it was removed.
 * @throws CubicError "instance-not-found", "instance-protected", "locked", "failed" when files can't be removed.
 */
export async function deleteInstance(
  app: App,
  name: string,
  { signal, report }: Operation,
  isMeant?: (instance: Instance) => boolean,
): Promise<boolean> {
  if (!(await instanceExists(app.paths, name))) await readInstance(app.paths, name);
  await using _lock = await lockInstance(app.paths, name, "delete", signal);
  const instance = await readIfWhole(app, name);
  if (isMeant && !(instance && isMeant(instance))) return false;
  if (instance?.protected) throw protectedError(name);
  report({ kind: "step", text: `Deleting ${name}` });
  try {
    await endQemu(app, name, instance);
    await clearRun(instanceFiles(app.paths, name));
    await removeInstance(app.paths, name);
  } catch (error) {
    throw describeFailure(`delete "${name}"`, error);
  }
  await sweepLeftovers(app.paths);
  await sweepLayers(app.paths);
  return true;
}

/** The error for an instance that its owner has put out of reach. */
export function protectedError(name: string): CubicError {
  return new CubicError("instance-protected", `Cannot delete "${name}": it is protected`, {
    hint: `Take the protection off first: \`cubic protect --off ${name}\`.`,
  });
}

/** A broken instance.toml must not keep anybody from deleting the instance. */
async function readIfWhole(app: App, name: string): Promise<Instance | undefined> {
  try {
    return await readInstance(app.paths, name);
  } catch (error) {
    if (isCubicError(error, "instance-broken")) return undefined;
    throw error;
  }
}

async function endQemu(app: App, name: string, instance: Instance | undefined): Promise<void> {
  const files = instanceFiles(app.paths, name);
  const recorded = await recordedProcess(app.host, files);
  const found = instance
    ? await findQemuProcesses(app.host, app.paths, instance)
    : await searchByDirectory(app.host, files);
  for (const process of [...recorded ? [recorded.process] : [], ...found]) {
    await killQemu(app.host, process);
  }
}
