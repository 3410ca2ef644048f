/**
 * cubic is killed with SIGKILL at random moments of create, start, stop and delete. Whatever is left, the next
 * commands understand it: nothing half is listed as whole, no QEMU is lost, no configuration is lost, nothing has
 * to be cleaned by hand. CUBIC_TEST_KILLS sets how many kills (40).
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { addBlankImage, killAfter, makeSandbox, type Sandbox } from "../support/sandbox.ts";

const KILLS = Number(Deno.env.get("CUBIC_TEST_KILLS") ?? 40);
const NAME = "victim";
const CREATE = ["create", NAME, "--image", "debian:bookworm", "--memory", "128M", "--cpus", "1"];
const START = ["start", NAME, "--accel", "off"];
/** What is killed, after what, and how long it takes when it is left alone (the range of the random moments). */
const VICTIMS = [
  { before: [], command: CREATE },
  { before: [CREATE], command: START },
  { before: [CREATE, START], command: ["stop", NAME, "--timeout", "200ms"] },
  { before: [CREATE, START], command: ["delete", NAME, "--yes"] },
  { before: [CREATE], command: ["delete", NAME, "--yes"] },
] as const;

Deno.test(`${KILLS} kills at random moments leave nothing that has to be cleaned by hand`, async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  const usual = await durations(sandbox);
  for (let kill = 0; kill < KILLS; kill++) {
    const index = kill % VICTIMS.length;
    const { before, command } = VICTIMS[index]!;
    for (const step of before) await sandbox.ok(...step);
    const config = await configOf(sandbox);
    await killAfter(sandbox, command, Math.random() * usual[index]! * 1.1);
    await checkState(sandbox, config, command[0]);
    await checkRecovery(sandbox);
  }
});

/** How long each victim takes here, in milliseconds, so that the kills are spread over all of it. */
async function durations(sandbox: Sandbox): Promise<number[]> {
  const result: number[] = [];
  for (const { before, command } of VICTIMS) {
    for (const step of before) await sandbox.ok(...step);
    const began = performance.now();
    await sandbox.ok(...command);
    result.push(performance.now() - began);
    await sandbox.cubic("delete", NAME, "--yes");
  }
  return result;
}

/** What can be seen right after the kill is true. */
async function checkState(
  sandbox: Sandbox,
  config: string | undefined,
  killed: string,
): Promise<void> {
  const list = await sandbox.json("instances");
  const qemus = await sandbox.qemus();
  ok(qemus.length <= 1, `${qemus.length} QEMUs after a killed ${killed}`);
  if (list.length === 0) {
    equal(qemus.length, 0, `a killed ${killed} left a QEMU without an instance`);
    return;
  }
  const [instance] = list;
  equal(instance.name, NAME);
  ok(["running", "stopped", "unresponsive"].includes(instance.state), instance.state);
  equal(instance.state === "stopped", qemus.length === 0, `${instance.state} after ${killed}`);
  if (qemus[0]) equal(instance.pid, qemus[0].pid);
  if (config !== undefined) equal(await configOf(sandbox), config);
  const dir = join(sandbox.home, "instances", NAME);
  const files = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
  for (const file of ["instance.toml", "disk.qcow2", "seed.iso", "client_key", "host_key.pub"]) {
    ok(files.includes(file), `${file} is missing after a killed ${killed}`);
  }
}

/** The next commands work, and when they are done nothing is left. */
async function checkRecovery(sandbox: Sandbox): Promise<void> {
  const created = await sandbox.cubic(...CREATE);
  ok(created.code === 0 || /there is one already/.test(created.stderr), created.stderr);
  await sandbox.ok(...START);
  equal((await sandbox.json("show", NAME)).state, "running");
  equal((await sandbox.qemus()).length, 1);
  await sandbox.ok("stop", "--kill", NAME);
  await sandbox.ok("delete", "--yes", NAME);
  equal((await sandbox.qemus()).length, 0);
  const left = (await Array.fromAsync(Deno.readDir(join(sandbox.home, "instances")))).map((entry) =>
    entry.name
  );
  deepEqual(left, []);
  deepEqual(await sandbox.sockets(), []);
}

async function configOf(sandbox: Sandbox): Promise<string | undefined> {
  const path = join(sandbox.home, "instances", NAME, "instance.toml");
  return await Deno.readTextFile(path).catch(() => undefined);
}
