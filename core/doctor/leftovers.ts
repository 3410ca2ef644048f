/** What killed commands and QEMUs left: directories and files half made, dead sockets, layers nothing stands on. */
import type { App } from "../app.ts";
import { removeIfThere } from "../atomic.ts";
import { clearIncoming, findIncoming } from "../images/incoming.ts";
import { sweepLayers, unusedLayers } from "../instances/layers.ts";
import { clearRun, findQemuProcesses, recordedProcess } from "../instances/run_record.ts";
import {
  findLeftovers,
  instanceNames,
  readInstance,
  sweepLeftovers,
  tryLockInstance,
} from "../instances/store.ts";
import { instanceFiles } from "../paths.ts";
import { type Check, orFine } from "./finding.ts";
import { findHalfWritten } from "./half_written.ts";
import { findStale, findStaleRun, findStraySockets } from "./stale.ts";

/** All of it; what somebody works with is no leftover. */
export const leftoversCheck: Check = {
  name: "Leftovers",
  about: "state",
  async look(app) {
    const layers = (await unusedLayers(app.paths)).map(({ path }) => path);
    const leftovers = [...await findLeftovers(app.paths), ...await findIncoming(app)];
    const half = await findHalfWritten(app);
    const found = [...leftovers, ...layers, ...half, ...await findStale(app)];
    if (found.length === 0) return orFine([], "none");
    const text = `of commands that were killed:\n${found.join("\n")}`;
    return [{ level: "warning", text, remedy: "`cubic doctor --fix` removes them." }];
  },
  async mend(app) {
    const layers = (await sweepLayers(app.paths)).map(({ path }) => path);
    const leftovers = [...await sweepLeftovers(app.paths), ...layers, ...await clearIncoming(app)];
    const done = leftovers.map((path) => `Removed ${path}`);
    for (const name of await instanceNames(app.paths)) done.push(...await mendInstance(app, name));
    for (const path of [...await findHalfWritten(app), ...await findStraySockets(app)]) {
      await removeIfThere(path);
      done.push(`Removed ${path}`);
    }
    return done;
  },
};

/** Adopts a QEMU that nobody wrote down, or clears the traces of one that is gone. Busy instances are left alone. */
async function mendInstance(app: App, name: string): Promise<string[]> {
  try {
    await using lock = await tryLockInstance(app.paths, name, "doctor --fix");
    if (!lock) return [];
    const files = instanceFiles(app.paths, name);
    if (await recordedProcess(app.host, files)) return [];
    const instance = await readInstance(app.paths, name).catch(() => undefined);
    const [found] = instance ? await findQemuProcesses(app.host, app.paths, instance) : [];
    if (found) return [`Found the QEMU of ${name} again (pid ${found.pid})`];
    const stale = await findStaleRun(app, name);
    await clearRun(files);
    return stale.map((path) => `Removed ${path}`);
  } catch {
    // What can't be mended is for the checks to tell.
    return [];
  }
}
