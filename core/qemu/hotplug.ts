/**
 * Files of the host as disks of a running guest: plugged into one of the machine's spare root ports over QMP, and
 * taken out again (docs/interop/qmp-spec.rst, qapi/block-core.json). The socket serves one client at a time, so each
 * step has a short connection of its own and nothing is held while the guest copies.
 */
import { CubicError, isCubicError } from "../errors.ts";
import { sleep } from "../host.ts";
import { connectQmp, type Qmp } from "./qmp.ts";

/** A file to show to the guest as a disk. */
export interface HotPlugFile {
  /** Absolute. Taken as raw bytes whatever it holds; QEMU shows it rounded up to 512. */
  readonly path: string;
  readonly readOnly: boolean;
  /** What the guest knows the disk by; 20 bytes at most (virtio spec 5.2.6, VIRTIO_BLK_T_GET_ID). */
  readonly serial: string;
}

/** A disk in the guest. */
export interface HotPluggedDisk {
  /** Bytes that the guest has read and written so far. */
  moved(): Promise<number>;
  /**
   * Takes it out.
   * @throws CubicError "qmp-failed" when the guest does not let go of it in time; it is out after a restart at last.
   */
  unplug(): Promise<void>;
}

/** How a machine is reached, and who is alive on this host. */
export interface HotPlugOptions {
  readonly qmpSocket: string;
  /** Whether the process with this pid runs: disks of one that does not are taken out. */
  readonly isOwnerAlive: (pid: number) => Promise<boolean>;
  /** Milliseconds that the guest has to let go of a disk; native PCIe hot-plug blinks a lamp for 5 s first. */
  readonly unplugMs?: number;
}

/** The root ports that `args.ts` puts into every machine for this. */
const PORTS = ["spare0", "spare1"];
const UNPLUG_MS = 30_000;
const POLL_MS = 50;
/** Ours are known by name; the pid in it tells whose disk it is. */
const OURS = /^xfer-(\d+)-[0-9a-f]{8}$/;
const PERIPHERAL = "/machine/peripheral";

/**
 * Plugs a file in. Two at a time fit; what a killed process left is removed before.
 * @throws CubicError "qmp-failed" when no port is free or QEMU refuses; nothing is left behind then.
 */
export async function plugDisk(
  file: HotPlugFile,
  options: HotPlugOptions,
): Promise<HotPluggedDisk> {
  const id = `xfer-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  await removeAbandoned(options);
  await using qmp = await connectQmp(options.qmpSocket);
  // One connection for both: nobody else can take the port in between.
  const bus = await findFreePort(qmp);
  await qmp.execute("blockdev-add", node(id, file));
  try {
    await qmp.execute("device_add", device(id, bus, file.serial));
  } catch (error) {
    await qmp.execute("blockdev-del", { "node-name": id });
    throw error;
  }
  return {
    moved: () => countMoved(id, options),
    unplug: () => unplug(id, options),
  };
}

function node(id: string, { path, readOnly }: HotPlugFile): Record<string, unknown> {
  return {
    "node-name": id,
    // Named, so that QEMU never looks into the file for what format it may have.
    driver: "raw",
    "read-only": readOnly,
    // What the guest flushes is for the host's page cache: scp does not wait for the host's disk either.
    cache: { direct: false, "no-flush": true },
    file: { driver: "file", filename: path, "read-only": readOnly },
  };
}

function device(id: string, bus: string, serial: string): Record<string, unknown> {
  // A full disk of the host is the copy's trouble: by default QEMU would pause the whole guest.
  const errors = { werror: "report", rerror: "report" };
  return { driver: "virtio-blk-pci", id, drive: id, bus, serial, ...errors };
}

/** A second disk in a port is accepted, but the guest never sees it and it can't be taken out. */
async function findFreePort(qmp: Qmp): Promise<string> {
  const names = await children(qmp, PERIPHERAL);
  const ports = PORTS.filter((port) => names.includes(port));
  for (const port of ports) {
    const bus = await children(qmp, `${PERIPHERAL}/${port}/${port}`);
    if (!bus.some((name) => name.startsWith("child["))) return port;
  }
  const why = ports.length === 0 ? "the machine has no spare ports" : "both spare ports are taken";
  throw new CubicError("qmp-failed", `Cannot plug a disk in: ${why}`, {
    hint: "A restart of the instance frees them.",
  });
}

async function children(qmp: Qmp, path: string): Promise<string[]> {
  const entries = await qmp.execute("qom-list", { path }) as readonly { readonly name: string }[];
  return entries.map(({ name }) => name);
}

async function countMoved(id: string, { qmpSocket }: HotPlugOptions): Promise<number> {
  await using qmp = await connectQmp(qmpSocket);
  const devices = await qmp.execute("query-blockstats") as readonly {
    readonly "node-name"?: string;
    readonly stats: { readonly rd_bytes: number; readonly wr_bytes: number };
  }[];
  const stats = devices.find((device) => device["node-name"] === id)?.stats;
  return (stats?.rd_bytes ?? 0) + (stats?.wr_bytes ?? 0);
}

/** The guest decides when the device is gone; only then its node can go. */
async function unplug(id: string, options: HotPlugOptions): Promise<void> {
  const { qmpSocket, unplugMs = UNPLUG_MS } = options;
  const deadline = performance.now() + unplugMs;
  {
    await using qmp = await connectQmp(qmpSocket);
    await startRemoval(qmp, id);
  }
  while (!(await isOut(id, qmpSocket))) {
    if (performance.now() > deadline) throw stuckError(id, unplugMs);
    await sleep(POLL_MS);
  }
}

function stuckError(id: string, ms: number): CubicError {
  return new CubicError(
    "qmp-failed",
    `Cannot take the disk "${id}" out: the guest did not let go of it in ${ms / 1000} s`,
    { hint: "It is gone when the instance is restarted." },
  );
}

async function isOut(id: string, qmpSocket: string): Promise<boolean> {
  await using qmp = await connectQmp(qmpSocket);
  if ((await children(qmp, PERIPHERAL)).includes(id)) return false;
  try {
    await qmp.execute("blockdev-del", { "node-name": id });
    return true;
  } catch (error) {
    // QEMU frees a device a moment after it is gone from the tree.
    if (isCubicError(error, "qmp-failed") && /in use/i.test(error.message)) return false;
    throw error;
  }
}

async function startRemoval(qmp: Qmp, id: string): Promise<void> {
  try {
    await qmp.execute("device_del", { id });
  } catch (error) {
    // Asked before and still under way, or gone by itself: either is seen by looking.
    const ignored = /in the process of unplug|not found/i;
    if (!isCubicError(error, "qmp-failed") || !ignored.test(error.message)) throw error;
  }
}

/** Takes out what processes left that are gone: they were killed, or the guest did not let go in time. */
async function removeAbandoned(options: HotPlugOptions): Promise<void> {
  for (const id of await listOurs(options)) {
    const pid = Number(OURS.exec(id)?.[1]);
    if (pid === Deno.pid || await options.isOwnerAlive(pid)) continue;
    // The port stays taken then, which the search for a free one sees.
    await unplug(id, options).catch(() => {});
  }
}

async function listOurs({ qmpSocket }: HotPlugOptions): Promise<string[]> {
  await using qmp = await connectQmp(qmpSocket);
  const nodes = await qmp.execute("query-named-block-nodes", { flat: true }) as readonly {
    readonly "node-name"?: string;
  }[];
  return nodes.map((node) => node["node-name"] ?? "").filter((name) => OURS.test(name));
}
