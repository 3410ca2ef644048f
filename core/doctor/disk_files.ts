/** The inner tables of the disks of stopped instances, by qemu-img. */
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { readChain } from "../instances/layers.ts";
import { recordedProcess } from "../instances/run_record.ts";
import { instanceNames, tryLockInstance } from "../instances/store.ts";
import { instanceFiles } from "../paths.ts";
import { findProgram } from "../programs.ts";
import { type Check, FIX, type Found, orFine } from "./finding.ts";

/** For all disks together; what a look at hundreds of them takes longer is left for the next time. */
const DEADLINE_MS = 5000;
/** Repairing reads and writes tables of up to some hundred MiB. */
const REPAIR_MS = 60_000;

/** Statuses of `qemu-img check` (qemu-img's manual). */
const CORRUPT = 2;
const LEAKS = 3;

/** Disks of stopped instances, as far as there is time. */
export const diskFilesCheck: Check = {
  name: "Disk files",
  about: "state",
  async look(app, { signal }) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const names = await stopped(app);
    const found: Found[] = [];
    let checked = 0;
    for (const name of names) {
      const status = await check(app, name, deadline).catch(() => undefined);
      if (deadline.aborted) break;
      checked++;
      found.push(...judgeStatus(name, instanceFiles(app.paths, name).disk, status));
    }
    const rest = names.length - checked;
    const more = rest === 0 ? "" : `; no time for ${rest} more`;
    return orFine(found, names.length === 0 ? "none to check" : `${checked} checked${more}`);
  },
  async mend(app, { signal }) {
    const done: string[] = [];
    for (const name of await stopped(app)) {
      await using lock = await tryLockInstance(app.paths, name, "doctor --fix");
      if (!lock) continue;
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(REPAIR_MS)]);
      if (await check(app, name, deadline) !== LEAKS) continue;
      const { disk } = instanceFiles(app.paths, name);
      await qemuImg(app, ["check", "-q", "-f", "qcow2", "-r", "leaks", disk], deadline);
      done.push(`Freed lost clusters in ${disk}`);
    }
    return done;
  },
};

/** What to say of a status of `qemu-img check`. Pure. */
function judgeStatus(
  name: string,
  disk: string,
  status: number | undefined,
): readonly Found[] {
  if (status === LEAKS) {
    const text = `the disk of ${name} has clusters that nothing uses: room, but no data is lost`;
    return [{ level: "note", text, remedy: FIX }];
  }
  if (status !== CORRUPT) return [];
  const remedy =
    `Copy it first: \`cp ${disk} ${disk}.bak\`, then \`qemu-img check -r all ${disk}\`.`;
  return [{ level: "problem", text: `the disk of ${name} is damaged: ${disk}`, remedy }];
}

/** A QEMU changes its disk while one looks; and what stands on nothing is told of elsewhere. */
async function stopped(app: App): Promise<string[]> {
  const names = await instanceNames(app.paths);
  const states = await Promise.all(names.map(async (name) => {
    const { missing, whole } = await readChain(instanceFiles(app.paths, name).disk);
    return whole && missing === undefined && await isStopped(app, name);
  }));
  return names.filter((_, index) => states[index]);
}

/** The status; undefined when it could not be told, or somebody wrote to the disk meanwhile. */
async function check(app: App, name: string, signal: AbortSignal): Promise<number | undefined> {
  const { disk } = instanceFiles(app.paths, name);
  const before = (await statIfThere(disk))?.mtime?.getTime();
  // Shared, so that a start in this moment is not refused its own disk.
  const args = ["check", "-q", "--force-share", "-f", "qcow2", disk];
  const status = await qemuImg(app, args, signal);
  const after = (await statIfThere(disk))?.mtime?.getTime();
  return before === after && await isStopped(app, name) ? status : undefined;
}

async function qemuImg(
  { host }: App,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const program = await findProgram(host, "qemu-img");
  if (!program) return undefined;
  return (await host.run(program, args, { signal })).code;
}

async function isStopped(app: App, name: string): Promise<boolean> {
  return await recordedProcess(app.host, instanceFiles(app.paths, name)) === undefined;
}
