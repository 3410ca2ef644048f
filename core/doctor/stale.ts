/** Finding what belongs to a QEMU that is gone: sockets, pid files, records. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { isListening } from "../qemu/qmp.ts";
import { instanceFiles } from "../paths.ts";
import { readRun, recordedProcess } from "../instances/run_record.ts";
import { instanceNames } from "../instances/store.ts";

/** The paths of stale run files of instances and of sockets that belong to no record. */
export async function findStale(app: App): Promise<string[]> {
  const names = await instanceNames(app.paths);
  const runs = await Promise.all(names.map((name) => findStaleRun(app, name)));
  return [...runs.flat(), ...await findStraySockets(app)];
}

/** The files that tell of a QEMU of this instance that is gone. */
export async function findStaleRun(app: App, name: string): Promise<string[]> {
  const files = instanceFiles(app.paths, name);
  if (await recordedProcess(app.host, files)) return [];
  const stale: string[] = [];
  for (const path of [files.run, files.pid]) if (await statIfThere(path)) stale.push(path);
  return stale;
}

/** The sockets that nobody wrote down and nobody listens on. */
export async function findStraySockets(app: App): Promise<string[]> {
  // Listed before the records are read: whoever starts a QEMU writes its record first.
  const sockets = await socketPaths(app.paths.runtime);
  const known = new Set<string>();
  for (const name of await instanceNames(app.paths)) {
    const record = await readRun(instanceFiles(app.paths, name));
    for (const path of [record?.qmpSocket, record?.consoleSocket]) if (path) known.add(path);
  }
  const straying: string[] = [];
  for (const path of sockets) {
    if (!known.has(path) && !(await isListening(path))) straying.push(path);
  }
  return straying;
}

async function socketPaths(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory)))
      .filter(({ name }) => /^[0-9a-f]{16}\.(qmp|con)$/.test(name))
      .map(({ name }) => join(directory, name));
  } catch {
    return [];
  }
}
