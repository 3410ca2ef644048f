/** Giving an instance another name: the rename of its directory is the moment it happens. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { syncPath, writeAtomic } from "../atomic.ts";
import { describeFailure } from "../errors.ts";
import { instanceName } from "../names.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import type { Operation } from "../progress.ts";
import type { Instance } from "./instance.ts";
import { lockLayers } from "./layers.ts";
import { writeSshFiles } from "./ssh_files.ts";
import { claimFreeName, requireFreeName, settleStopped } from "./stopped.ts";
import { lockInstance, readInstance, writeInstance } from "./store.ts";

/**
 * Renames a stopped instance and returns it; its guest gets the new host name at its next boot. A temporary one is
 * temporary no more: its session knows it by the old name.
 * @throws CubicError "instance-not-found", "instance-exists", "instance-running", "invalid-name", "locked".
 */
export async function renameInstance(
  app: App,
  oldName: string,
  newName: string,
  operation: Operation,
): Promise<Instance> {
  const { paths } = app;
  const { signal, report } = operation;
  const to = instanceName(newName);
  await readInstance(paths, oldName);
  await claimFreeName(app, "rename", oldName, to, operation);
  await using _old = await lockInstance(paths, oldName, "rename", signal);
  await using _new = await lockInstance(paths, to, "rename", signal);
  await requireFreeName(paths, "rename", oldName, to);
  report({ kind: "step", text: `Renaming ${oldName} to ${to}` });
  const instance = await readInstance(paths, oldName);
  await settleStopped(app, instance, "rename");
  try {
    await keeping(paths, instance, () => moveDirectory(paths, oldName, to, signal));
    if (instance.temporary) {
      report({ kind: "note", text: `${to} is no longer temporary: it outlives its session` });
    }
    const renamed = await readInstance(paths, to);
    await followName(paths, renamed);
    return renamed;
  } catch (error) {
    throw describeFailure(`rename "${oldName}"`, error);
  }
}

/** Takes it from its session before the move: killed in between, it would be a leftover under its new name. */
async function keeping(
  paths: Paths,
  instance: Instance,
  move: () => Promise<void>,
): Promise<void> {
  if (!instance.temporary) return await move();
  await writeInstance(paths, { ...instance, temporary: false });
  try {
    await move();
  } catch (error) {
    await writeInstance(paths, instance);
    throw error;
  }
}

/** Whoever looks for layers without users must not miss the disk on its way from one name to the other. */
async function moveDirectory(
  paths: Pick<Paths, "instances" | "locks">,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  await using _layers = await lockLayers(paths, "rename", signal);
  await Deno.rename(join(paths.instances, from), join(paths.instances, to));
  await syncPath(paths.instances);
}

/**
 * Makes the files that hold the name say that of the directory. Called before every start too: then a rename that was
 * killed half way, or done by hand, is as good as one that ended. The caller holds the instance's lock.
 */
export async function followName(
  paths: Pick<Paths, "instances">,
  instance: Instance,
): Promise<void> {
  const { withHostName } = await import("../cloudinit/host_name.ts");
  const files = instanceFiles(paths, instance.name);
  const changed = withHostName(await Deno.readFile(files.seed), instance.name);
  if (changed) await writeAtomic(files.seed, changed);
  await writeSshFiles(instance, files);
}
