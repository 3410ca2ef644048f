/** Starting and restarting many, pausing, and options for QEMU. A real QEMU with an empty disk: no guest boots. */
import { deepEqual, equal, match } from "node:assert/strict";
import { inspectInstance } from "../../core/instances/inspect.ts";
import { findProcesses } from "../../core/process.ts";
import { connectQmp } from "../../core/qemu/qmp.ts";
import { readInstance, writeInstance } from "../../core/instances/store.ts";
import { putInstance } from "../support/instance.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { test } from "../support/running_cli.ts";

const RUNS = `-i ${IMAGE} -c 1 -m 256M -d 64M`;

/** Names and states of all instances. */
async function states(cli: Cli): Promise<Record<string, string>> {
  const list = JSON.parse((await cli.ok("instances --json")).stdout) as Record<string, string>[];
  return Object.fromEntries(list.map(({ name, state }) => [name, state]));
}

/** Has QEMU do something with an instance. */
async function tellQemu(cli: Cli, name: string, command: string): Promise<void> {
  const { running } = await inspectInstance(await cli.app(), name);
  await using qmp = await connectQmp(running!.qmpSocket);
  await qmp.execute(command);
}

test("cubic start --all starts what does not run and resumes what is paused; restart --all leaves the rest", async (cli) => {
  for (const name of ["app", "db", "web"]) await cli.ok(`create ${name} ${RUNS}`);
  await putInstance(cli.paths, { name: "left", temporary: true });
  await cli.ok("start app --accel off");
  await tellQemu(cli, "app", "stop");
  equal((await states(cli))["app"], "paused");
  const all = await cli.ok("start --all -y --accel off");
  match(all.stderr, /^Resumed app\n[^]*Started db\n[^]*Started web$/m);
  deepEqual(await states(cli), {
    ...{ app: "running", db: "running", left: "stopped", web: "running" },
  });
  deepEqual(JSON.parse((await cli.ok("start --all --json")).stdout), []);

  await cli.ok("stop app db --kill");
  const before = (await inspectInstance(await cli.app(), "web")).running?.process.pid;
  // No guest ever answers; what counts is which were restarted.
  const { status } = await cli.run("restart --all --kill --accel off --timeout 300ms".split(" "));
  equal(status, 1);
  deepEqual(await states(cli), {
    ...{ app: "stopped", db: "stopped", left: "stopped", web: "running" },
  });
  const after = (await inspectInstance(await cli.app(), "web")).running?.process.pid;
  equal(before === after, false);
});

test("commands that use an instance warn that its time is over, and use it", async (cli) => {
  await cli.ok(`create web ${RUNS}`);
  const web = await readInstance(cli.paths, "web");
  await writeInstance(cli.paths, { ...web, expires: "2025-01-02T03:04:05.000Z" });
  const warning = /^warning: web expired at 2025-01-02T03:04:05\.000Z; the next `cubic prune`/m;
  match((await cli.ok("start web --accel off")).stderr, warning);
  const line = "exec --accel off --timeout 300ms web -- true";
  match((await cli.run(line.split(" "))).stderr, warning);
});

test("cubic start --qemu-args reaches QEMU as it was quoted, once", async (cli) => {
  await cli.ok(`create web ${RUNS}`);
  const extra = "-device virtio-tablet-pci,id=pen  -fw_cfg 'name=opt/org.cubic/x,string=a b'";
  const words = ["start", "web", "--accel", "off", "--qemu-args", extra];
  equal((await cli.run(words)).status, 0);
  const { uuid, pid } = JSON.parse((await cli.ok("show web --json")).stdout);
  const mine = async (): Promise<readonly string[] | undefined> => {
    const found = await findProcesses(cli.host(), (command) => command.includes(uuid));
    // The kernel ends each argument with a zero, the last one too.
    return found.find(({ process }) => process.pid === pid)?.command.slice(0, -1);
  };
  deepEqual((await mine())?.slice(-4), [
    ...["-device", "virtio-tablet-pci,id=pen", "-fw_cfg", "name=opt/org.cubic/x,string=a b"],
  ]);
  match((await cli.run(words)).stderr, /warning: web runs: --qemu-args has no effect/);
  await cli.ok("stop web --kill");
  const wrong = await cli.run(["start", "web", "--accel", "off", "--qemu-args", "-no-such-option"]);
  equal(wrong.status, 1);
  match(wrong.stderr, /no-such-option/);
  equal((await states(cli))["web"], "stopped");
});

Deno.test("every command that may start an instance takes --accel", async () => {
  await using cli = await Cli.create();
  for (const command of ["run", "start", "restart", "ssh", "exec", "console"]) {
    match((await cli.ok(`${command} --help`)).stdout, /--accel <mode>/, command);
  }
});
