import type { Instance } from "./instance.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ensureDir } from "../atomic.ts";
import { instanceFiles } from "../paths.ts";
import { identifyProcess, isAlive } from "../process.ts";
import { inspectInstance, listInstances } from "./inspect.ts";
import { runPlace, writeRun } from "./run_record.ts";
import { type Child, startSleeper } from "../../tests/support/child.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { answering, serveQmp } from "../../tests/support/qmp_server.ts";
import { makeTempApp, type TempApp } from "../../tests/support/temp_app.ts";

Deno.test("inspectInstance() derives the state from the process and what QEMU answers", async () => {
  const states: Readonly<Record<string, readonly [state: string, reason?: string]>> = {
    "running": ["running"],
    "paused": ["paused"],
    "prelaunch": ["paused"],
    "io-error": ["paused", "the host's disk is full"],
    "suspended": ["paused", "it went to sleep"],
    "internal-error": ["crashed", "its processors failed"],
    "guest-panicked": ["crashed", "its kernel panicked"],
  };
  await using place = await makePlace();
  for (const [status, [state, reason]] of Object.entries(states)) {
    const reply = { status, running: status === "running" };
    await using _qmp = serveQmp(place.qmpSocket, answering(() => reply));
    const found = await inspectInstance(place.app, "web");
    deepEqual([found.state, found.reason], [state, reason], status);
    equal(found.running?.process.pid, place.child.pid);
    equal(found.running?.accelerator, "kvm");
  }
  equal((await inspectInstance(place.app, "web")).state, "unresponsive");
  await place.child.end();
  deepEqual(await inspectInstance(place.app, "web"), { state: "stopped" });
});

Deno.test("a pid that a stranger has by now is a stopped instance, and the stranger lives on", async () => {
  await using place = await makePlace();
  const identity = (await identifyProcess(place.app.host, place.child.pid))!;
  await writeRun(instanceFiles(place.app.paths, "web"), {
    ...await runPlace(place.app.paths, place.instance),
    process: { pid: identity.pid, started: "another boot/1" },
    accelerator: "kvm",
    startedAt: "2025-01-02T03:04:05.000Z",
  });
  await using _qmp = serveQmp(place.qmpSocket, answering(() => ({ running: true })));
  deepEqual(await inspectInstance(place.app, "web"), { state: "stopped" });
  ok(await isAlive(place.app.host, identity));
});

Deno.test("listInstances() lists whole and broken ones by name, and leaves the broken alone", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  deepEqual(await listInstances(temp.app), []);
  for (const name of ["web", "db", "app"]) await putInstance(paths, { name });
  const { config } = instanceFiles(paths, "db");
  await Deno.writeTextFile(config, "schema = 1\n[oops");
  await Deno.mkdir(`${paths.instances}/not_a_name`);
  await Deno.writeTextFile(`${paths.instances}/stray-file`, "");
  const list = await listInstances(temp.app);
  deepEqual(
    list.map((entry) => [entry.name, "problem" in entry ? "broken" : entry.status.state]),
    [["app", "stopped"], ["db", "broken"], ["not_a_name", "broken"], ["web", "stopped"]],
  );
  const broken = list.find(({ name }) => name === "db")!;
  match("problem" in broken ? broken.problem : "", /instance\.toml is damaged: /);
  equal(await Deno.readTextFile(config), "schema = 1\n[oops");
});

interface Place extends TempApp {
  readonly child: Child;
  readonly qmpSocket: string;
  readonly instance: Pick<Instance, "name" | "uuid">;
}

/** An instance whose QEMU is a process that sleeps. */
async function makePlace(): Promise<Place> {
  const temp = await makeTempApp();
  const { host, paths } = temp.app;
  const instance = await putInstance(paths);
  await ensureDir(paths.runtime);
  const child = startSleeper();
  const where = await runPlace(paths, instance);
  await writeRun(instanceFiles(paths, "web"), {
    ...where,
    process: (await identifyProcess(host, child.pid))!,
    accelerator: "kvm",
    startedAt: "2025-01-02T03:04:05.000Z",
  });
  return {
    ...temp,
    ...{ child, instance, qmpSocket: where.qmpSocket },
    async [Symbol.asyncDispose]() {
      await child.end();
      await temp[Symbol.asyncDispose]();
    },
  };
}
