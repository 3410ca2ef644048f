/** Disks that are plugged into a running instance for the time of a copy. */
import type { App } from "../app.ts";
import { identifyProcess } from "../process.ts";
import type { Accelerator } from "../qemu/machine.ts";
import { type HotPlugFile, type HotPluggedDisk, plugDisk } from "../qemu/hotplug.ts";
import { stoppedError } from "./connect.ts";
import { inspectInstance } from "./inspect.ts";

/** A running machine that takes disks. */
export interface SparePorts {
  /** How it runs: emulated, its network is so slow that a disk is worth it for much smaller files. */
  readonly accelerator: Accelerator;
  /** Plugs a file in; throws CubicError "qmp-failed" when that can't be done now. */
  plug(file: HotPlugFile): Promise<HotPluggedDisk>;
}

/**
 * The spare ports of an instance.
 * @throws CubicError "instance-stopped".
 */
export async function openSparePorts(
  app: Pick<App, "host" | "paths">,
  name: string,
): Promise<SparePorts> {
  const { running } = await inspectInstance(app, name);
  if (!running) throw stoppedError(name);
  const { qmpSocket, accelerator } = running;
  const isOwnerAlive = async (pid: number): Promise<boolean> =>
    await identifyProcess(app.host, pid) !== undefined;
  return { accelerator, plug: (file) => plugDisk(file, { qmpSocket, isOwnerAlive }) };
}
