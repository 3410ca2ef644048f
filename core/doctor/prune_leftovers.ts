/** What commands and QEMUs left that ended without cleaning up, and the logs of the time before. */
import { dirname, join } from "node:path";
import type { App } from "../app.ts";
import { removeIfThere, statIfThere } from "../atomic.ts";
import { clearIncoming, findIncoming } from "../images/incoming.ts";
import { bytesOnDisk } from "../instances/bytes_on_disk.ts";
import { clearRun, recordedProcess } from "../instances/run_record.ts";
import {
  findLeftovers,
  instanceNames,
  sweepLeftovers,
  tryLockInstance,
} from "../instances/store.ts";
import { filesIn, instanceFiles } from "../paths.ts";
import { findHalfWritten } from "./half_written.ts";
import type { Prunable, Pruner } from "./prunable.ts";
import { findStaleRun, findStraySockets } from "./stale.ts";

/** Everything that a name may lead to: a directory half made or half removed, a dead socket, a file of a run. */
export const leftoversPruner: Pruner = {
  find: async (app) => await Promise.all((await findAll(app)).map(describe)),
  remove: async (app, path) => {
    if (dirname(dirname(path)) === app.paths.instances) await clearOne(app, dirname(path));
    else if (dirname(path) === app.paths.instances) await sweepLeftovers(app.paths);
    else if ((await findHalfWritten(app)).includes(path)) await removeIfThere(path);
    else if (dirname(path) === app.paths.images) await clearIncoming(app);
    else if ((await findStraySockets(app)).includes(path)) await removeIfThere(path);
    return await Deno.lstat(path).then(() => false, () => true);
  },
};

async function findAll(app: App): Promise<readonly string[]> {
  const own = await Promise.all(
    (await instanceNames(app.paths)).map((name) => findInInstance(app, name)),
  );
  return [
    ...await findLeftovers(app.paths),
    ...await findIncoming(app),
    ...await findHalfWritten(app),
    ...own.flat(),
    // With a record that can't be read it is not known whose they are.
    ...await findStraySockets(app).catch((): string[] => []),
  ];
}

/** Files of a QEMU that is gone, of commands that were killed, and logs of the start before the last. */
async function findInInstance(app: App, name: string): Promise<readonly string[]> {
  const { dir, consoleLog, qemuLog } = instanceFiles(app.paths, name);
  // A damaged record is for `cubic doctor` to tell.
  const found = await findStaleRun(app, name).catch((): string[] => []);
  for (const log of [consoleLog, qemuLog]) {
    if (await statIfThere(`${log}.1`)) found.push(`${log}.1`);
  }
  // Somebody who holds the lock is writing it.
  await using lock = await tryLockInstance(app.paths, name, "prune");
  return lock ? [...found, ...await temporaryFiles(dir)] : found;
}

async function temporaryFiles(dir: string): Promise<readonly string[]> {
  try {
    const names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
    return names.filter((name) => name.endsWith(".tmp")).map((name) => join(dir, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Clears all of that in one instance, unless somebody works on it. */
async function clearOne(app: App, dir: string): Promise<void> {
  const name = dir.slice(app.paths.instances.length + 1);
  await using lock = await tryLockInstance(app.paths, name, "prune");
  if (!lock) return;
  const files = filesIn(dir);
  for (const log of [files.consoleLog, files.qemuLog]) await removeIfThere(`${log}.1`);
  if (!(await recordedProcess(app.host, files))) await clearRun(files);
  else for (const path of await temporaryFiles(dir)) await removeIfThere(path);
}

async function describe(path: string): Promise<Omit<Prunable, "kind">> {
  return { name: path, bytes: await bytesOnDisk(path) };
}
