/** What commands ask for that need an instance at rest, and a name for another one. */
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import type { Operation } from "../progress.ts";
import type { Instance } from "./instance.ts";
import { clearRun, findQemuProcesses, recordedProcess } from "./run_record.ts";
import { instanceExists } from "./store.ts";
import { removeLeftover } from "./temporary.ts";

/**
 * Makes sure that nothing of an instance runs, and forgets the QEMU that is gone. The caller holds its lock; `verb`
 * is what it wants to do.
 * @throws CubicError "instance-running" with the command that stops it.
 */
export async function settleStopped(app: App, instance: Instance, verb: string): Promise<void> {
  const { name } = instance;
  const files = instanceFiles(app.paths, name);
  const runs = await recordedProcess(app.host, files) !== undefined ||
    (await findQemuProcesses(app.host, app.paths, instance)).length > 0;
  if (runs) {
    throw new CubicError("instance-running", `Cannot ${verb} "${name}": it runs`, {
      hint: `Stop it first: \`cubic stop ${name}\`.`,
    });
  }
  await clearRun(files);
}

/**
 * Makes a name free that only what a killed session left still has, and fails when it is another one's. Not for who
 * holds the lock of that name already.
 * @throws CubicError "instance-exists", "locked".
 */
export async function claimFreeName(
  app: App,
  verb: string,
  name: string,
  wanted: string,
  operation: Operation,
): Promise<void> {
  if (name !== wanted && await instanceExists(app.paths, wanted)) {
    await removeLeftover(app, wanted, operation);
  }
  await requireFreeName(app.paths, verb, name, wanted);
}

/**
 * Makes sure that no instance has a name that is wanted for another one.
 * @throws CubicError "instance-exists".
 */
export async function requireFreeName(
  paths: Pick<Paths, "instances">,
  verb: string,
  name: string,
  wanted: string,
): Promise<void> {
  if (!(await instanceExists(paths, wanted))) return;
  throw new CubicError(
    "instance-exists",
    `Cannot ${verb} "${name}" to "${wanted}": there is one of that name already`,
    { hint: "Choose another name; `cubic instances` lists those that are taken." },
  );
}
