/** Deleting an instance, whole or broken. */
import type { App } from "../app.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
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
 * Removes an instance with its disk, and the layers that only it stood on; a running one is cut off. The base image
 * stays.
 * @throws CubicError "instance-not-found", "instance-protected", "locked", "failed" when files can't be removed.
 */
export async function deleteInstance(
  app: App,
  name: string,
  { signal, report }: Operation,
): Promise<void> {
  if (!(await instanceExists(app.paths, name))) await readInstance(app.paths, name);
  await using _lock = await lockInstance(app.paths, name, "delete", signal);
  const instance = await readIfWhole(app, name);
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
