/** Disks plugged into the real QEMU, whose guest has not run yet: nobody there lets go of a disk but a reset. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { realHost, sleep } from "../../core/host.ts";
import { qemuArgs } from "../../core/qemu/args.ts";
import { type HotPlugOptions, plugDisk } from "../../core/qemu/hotplug.ts";
import { findQemu } from "../../core/qemu/locate.ts";
import { connectQmp, isListening } from "../../core/qemu/qmp.ts";
import { startChild } from "../support/child.ts";
import { eventually } from "../support/sandbox.ts";
import { makeMachine } from "../support/stopped_machine.ts";
import { makeTempDir } from "../support/temp_dir.ts";

interface Bench {
  readonly dir: string;
  readonly options: HotPlugOptions;
  execute(command: string, args?: Record<string, unknown>): Promise<unknown>;
  /** The names of the disks and nodes of ours that QEMU has. */
  ours(): Promise<string[]>;
  /** What a guest does that lets go of a disk. */
  reset(): Promise<unknown>;
}

async function withMachine(
  run: (bench: Bench) => Promise<void>,
  change: (args: readonly string[]) => readonly string[] = (args) => args,
): Promise<void> {
  await using dir = await makeTempDir({ short: true });
  const host = realHost();
  const machine = await makeMachine(dir.path, host.arch, {});
  const qemu = await findQemu(host, host.arch);
  await using child = startChild(qemu, [...change(qemuArgs(machine)), "-S"]);
  const { qmpSocket } = machine;
  await eventually(`QEMU ${child.pid} listens`, () => isListening(qmpSocket), 60_000);
  const execute: Bench["execute"] = async (command, args) => {
    await using qmp = await connectQmp(qmpSocket, 30_000);
    return await qmp.execute(command, args);
  };
  await run({
    dir: dir.path,
    options: { qmpSocket, isOwnerAlive: () => Promise.resolve(true) },
    execute,
    ours: async () => {
      const devices = await execute("qom-list", { path: "/machine/peripheral" }) as Named[];
      const nodes = await execute("query-named-block-nodes", { flat: true }) as Named[];
      return [...devices.map(({ name }) => name), ...nodes.map((node) => node["node-name"])]
        .filter((name): name is string => name?.startsWith("xfer-") ?? false);
    },
    reset: () => execute("system_reset"),
  });
}

/** A guest lets go of a disk sooner or later; this one when it is reset. */
async function letGo(unplugging: Promise<void>, reset: Bench["reset"]): Promise<void> {
  let over = false;
  const end = unplugging.finally(() => over = true);
  end.catch(() => {});
  while (!over) {
    await reset();
    await sleep(50);
  }
  await end;
}

interface Named {
  readonly name?: string;
  readonly "node-name"?: string;
}

async function makeFile(dir: string, name: string): Promise<string> {
  const path = join(dir, name);
  await Deno.writeFile(path, new Uint8Array(1000));
  return path;
}

Deno.test("plugDisk() shows a file under its serial, takes no third one, and leaves nothing", async () => {
  await withMachine(async ({ dir, options, execute, ours, reset }) => {
    const path = await makeFile(dir, `a,b 'c"`);
    const first = await plugDisk({ path, readOnly: true, serial: "first" }, options);
    const [id] = await ours();
    const property = { path: `/machine/peripheral/${id}`, property: "serial" };
    equal(await execute("qom-get", property), "first");
    equal(await first.moved(), 0);
    const other = { path: await makeFile(dir, "b"), readOnly: false, serial: "second" };
    const second = await plugDisk(other, options);
    equal((await ours()).length, 4);
    await rejects(plugDisk({ ...other, serial: "third" }, options), {
      code: "qmp-failed",
      message: /both spare ports are taken/,
    });
    equal((await ours()).length, 4);
    for (const disk of [first, second]) await letGo(disk.unplug(), reset);
    deepEqual(await ours(), []);
  });
});

Deno.test("plugDisk() leaves nothing when QEMU does not take the file", async () => {
  await withMachine(async ({ dir, options, ours }) => {
    const file = { path: join(dir, "none"), readOnly: true, serial: "s" };
    await rejects(plugDisk(file, options), { code: "qmp-failed", message: /No such file/ });
    await rejects(plugDisk({ ...file, path: dir }, options), { code: "qmp-failed" });
    // Refused after the node is there.
    const long = { path: await makeFile(dir, "a"), readOnly: true, serial: "x".repeat(21) };
    await plugDisk(long, options).catch(() => {});
    const left = await ours();
    equal(left.length % 2, 0, `a node without its disk: ${left}`);
  });
});

Deno.test("unplug() says when the guest does not let go, and the next owner takes the disk out", async () => {
  await withMachine(async ({ dir, options, ours, reset, execute }) => {
    const path = await makeFile(dir, "a");
    const impatient = { ...options, unplugMs: 300 };
    const disk = await plugDisk({ path, readOnly: true, serial: "s" }, impatient);
    await rejects(disk.unplug(), {
      code: "qmp-failed",
      message: /did not let go of it in 0\.3 s/,
    });
    equal((await ours()).length, 2);
    // The same under the name of a process that is dead, beside a node that never became a disk.
    await reset();
    await eventually("it is out", async () => (await ours()).length === 1);
    const node = { driver: "raw", file: { driver: "file", filename: path } };
    await execute("blockdev-add", { ...node, "node-name": "xfer-99999999-01234567" });
    const next = { ...options, isOwnerAlive: () => Promise.resolve(false) };
    const successor = await plugDisk({ path, readOnly: true, serial: "t" }, next);
    equal((await ours()).some((name) => name.startsWith("xfer-99999999-")), false);
    await letGo(successor.unplug(), reset);
  });
});

Deno.test("plugDisk() says that a machine has no spare ports", async () => {
  await withMachine(
    async ({ dir, options, ours }) => {
      const file = { path: await makeFile(dir, "a"), readOnly: true, serial: "s" };
      await rejects(plugDisk(file, options), (error: Error) => {
        match(error.message, /the machine has no spare ports/);
        return true;
      });
      deepEqual(await ours(), []);
    },
    (args) =>
      args.filter((arg, index) =>
        !arg.includes("id=spare") && !(arg === "-device" && args[index + 1]?.includes("id=spare"))
      ),
  );
});
