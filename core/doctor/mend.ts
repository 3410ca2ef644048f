/** Mending what can be mended without asking: leftovers of killed commands and verdicts that may be outdated. */
import type { App } from "../app.ts";
import { removeIfThere } from "../atomic.ts";
import { clearIncoming } from "../images/incoming.ts";
import { clearRun, findQemuProcesses, recordedProcess } from "../instances/run_record.ts";
import {
  instanceNames,
  readInstance,
  sweepLeftovers,
  tryLockInstance,
} from "../instances/store.ts";
import { instanceFiles } from "../paths.ts";
import { forgetVerdict, readVerdict } from "../qemu/accelerator.ts";
import { findFirmware } from "../qemu/firmware.ts";
import { probeQemu } from "../qemu/locate.ts";
import { findStaleRun, findStraySockets } from "./stale.ts";

/** Mends and returns a sentence for each thing that was done. */
export async function mend(app: App): Promise<string[]> {
  const leftovers = [...await sweepLeftovers(app.paths), ...await clearIncoming(app)];
  const done = leftovers.map((path) => `Removed ${path}`);
  for (const name of await instanceNames(app.paths)) done.push(...await mendInstance(app, name));
  for (const path of await findStraySockets(app)) {
    await removeIfThere(path);
    done.push(`Removed ${path}`);
  }
  if (await forgetFailure(app)) done.push("Forgot that acceleration did not work");
  return done;
}

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

async function forgetFailure(app: App): Promise<boolean> {
  try {
    const { arch } = app.host;
    const { program } = await probeQemu(app.host, app.paths, arch);
    const { code } = await findFirmware(app.host, program, arch);
    const verdict = await readVerdict(app.paths, { qemu: program, firmware: code, arch });
    if (verdict?.works !== false) return false;
    await forgetVerdict(app.paths, arch);
    return true;
  } catch {
    return false;
  }
}
