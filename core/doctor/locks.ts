/** Files of locks whose holders were killed. They lock nothing; their text names a process that is gone. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { readTextIfThere } from "../atomic.ts";
import { tryAcquireLock } from "../lock.ts";
import { identifyProcess } from "../process.ts";
import { type Check, type Found, orFine } from "./finding.ts";

/** The files in the directory of locks. */
export const locksCheck: Check = {
  name: "Locks",
  about: "state",
  async look(app) {
    const stale = await staleLocks(app);
    const found: Found[] = stale.length === 0 ? [] : [{
      level: "note",
      text: `left by commands that were killed, and in nobody's way: ${stale.join(", ")}`,
      remedy: "`cubic doctor --fix` removes them.",
    }];
    return orFine(found, "none left over");
  },
  async mend({ host, paths }) {
    const done: string[] = [];
    for (const name of await staleLocks({ host, paths })) {
      // To release a lock removes its file; one that somebody took meanwhile stays.
      const lock = await tryAcquireLock(paths, name, "doctor --fix");
      if (!lock) continue;
      await lock.release();
      done.push(`Removed the lock ${name}`);
    }
    return done;
  },
};

/** The names of locks whose text names a process that is gone. One without text is just being taken. */
async function staleLocks({ host, paths }: Pick<App, "host" | "paths">): Promise<string[]> {
  const stale: string[] = [];
  for (const name of await lockNames(paths.locks)) {
    const text = await readTextIfThere(join(paths.locks, `${name}.lock`));
    const [, pid] = /^(\d+) /.exec(text ?? "") ?? [];
    if (pid !== undefined && !(await identifyProcess(host, Number(pid)))) stale.push(name);
  }
  return stale;
}

async function lockNames(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory)))
      .flatMap(({ name }) => name.endsWith(".lock") ? [name.slice(0, -5)] : []).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
