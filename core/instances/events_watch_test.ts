import { deepEqual } from "node:assert/strict";
import type { App } from "../app.ts";
import { instanceFiles } from "../paths.ts";
import { identifyProcess } from "../process.ts";
import type { InstanceEvent } from "./events.ts";
import { watchEvents } from "./events_watch.ts";
import { runPlace, writeRun } from "./run_record.ts";
import { removeInstance, writeInstance } from "./store.ts";
import { startSleeper } from "../../tests/support/child.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { answering, serveQmp, silence } from "../../tests/support/qmp_server.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

/** What is seen while the steps are done, one after each look but the first. */
async function watch(
  app: App,
  names: readonly string[],
  steps: readonly (() => Promise<unknown>)[],
): Promise<InstanceEvent[]> {
  const end = new AbortController();
  const left = [...steps];
  const sleep = async (): Promise<void> => {
    const step = left.shift();
    if (step) await step();
    else end.abort();
  };
  const watched = { ...app, host: { ...app.host, sleep } };
  return await Array.fromAsync(watchEvents(watched, { names }, end.signal));
}

function said(events: readonly InstanceEvent[]): string[] {
  return events.map(({ name, event }) => `${name} ${event}`);
}

Deno.test("watchEvents() tells what happens to instances from now on", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const old = await putInstance(app.paths, { name: "old" });
  const events = await watch(app, [], [
    () => putInstance(app.paths, { name: "web" }),
    () => writeInstance(app.paths, { ...old, cpus: 7 }),
    () => Deno.rename(instanceFiles(app.paths, "old").dir, instanceFiles(app.paths, "new").dir),
    () => Deno.writeTextFile(instanceFiles(app.paths, "new").config, "?"),
    () => removeInstance(app.paths, "web"),
    () => writeInstance(app.paths, { ...old, name: "new" }),
  ]);
  deepEqual(said(events), [
    "web created",
    "old changed",
    "new renamed",
    "new broken",
    "web deleted",
    "new mended",
  ]);
  deepEqual([events[0]?.uuid.length, events[2]?.from], [36, "old"]);
});

Deno.test("watchEvents() watches only those that are named, before they exist and under a new name", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const move = (from: string, to: string): Promise<void> =>
    Deno.rename(instanceFiles(app.paths, from).dir, instanceFiles(app.paths, to).dir);
  const events = await watch(app, ["web"], [
    () => putInstance(app.paths, { name: "db" }),
    () => putInstance(app.paths, { name: "web" }),
    () => move("web", "www"),
    () => removeInstance(app.paths, "www"),
  ]);
  deepEqual(said(events), ["web created", "www renamed"]);
});

Deno.test("watchEvents() sees QEMU come and go, and what it says when it is asked", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const instance = await putInstance(app.paths);
  const files = instanceFiles(app.paths, "web");
  const place = await runPlace(app.paths, instance);
  await Deno.mkdir(app.paths.runtime, { recursive: true });
  await using qemu = startSleeper();
  let state = { status: "running", running: true };
  await using _server = serveQmp(place.qmpSocket, answering(() => state));
  const process = (await identifyProcess(app.host, qemu.pid))!;
  const nothing = (): Promise<void> => Promise.resolve();
  const events = await watch(app, [], [
    () => writeRun(files, { ...place, process, accelerator: "tcg", startedAt: "now" }),
    async () => {
      state = { status: "guest-panicked", running: false };
      await nothing();
    },
    nothing,
    nothing,
    async () => {
      await Deno.writeTextFile(files.qemuLog, "qemu: terminating on signal 9 from pid 1 (x)\n");
      await qemu.end();
    },
  ]);
  deepEqual(said(events), ["web started", "web crashed", "web stopped"]);
  deepEqual(events.map(({ pid, reason }) => pid ?? reason), [
    qemu.pid,
    "its kernel panicked",
    "signal 9",
  ]);
});

Deno.test("watchEvents() takes a QEMU that is busy with another command for one that runs", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const instance = await putInstance(app.paths);
  const place = await runPlace(app.paths, instance);
  await Deno.mkdir(app.paths.runtime, { recursive: true });
  await using qemu = startSleeper();
  const process = (await identifyProcess(app.host, qemu.pid))!;
  const files = instanceFiles(app.paths, "web");
  await writeRun(files, { ...place, process, accelerator: "tcg", startedAt: "now" });
  let busy = false;
  const well = answering(() => ({ status: "running", running: true }));
  await using _server = serveQmp(
    place.qmpSocket,
    (client) => busy ? silence(client) : well(client),
  );
  const steps = Array.from({ length: 5 }, () => () => {
    busy = true;
    return Promise.resolve();
  });
  deepEqual(await watch(app, [], steps), []);
});
