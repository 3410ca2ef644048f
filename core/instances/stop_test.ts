import type { Instance } from "./instance.ts";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { statIfThere } from "../atomic.ts";
import { instanceFiles } from "../paths.ts";
import { identifyProcess, isAlive } from "../process.ts";
import { deleteInstance } from "./delete.ts";
import { runPlace, writeRun } from "./run_record.ts";
import { startInstance } from "./start.ts";
import { stopInstance } from "./stop.ts";
import { instanceNames, lockInstance } from "./store.ts";
import { type Child, startPretendedQemu, startSleeper } from "../../tests/support/child.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { answering, serveQmp, silence } from "../../tests/support/qmp_server.ts";
import { makeOperation, makeTempApp, type TempApp } from "../../tests/support/temp_app.ts";

Deno.test("stopInstance() is done when the guest shut down after the power button", async () => {
  await using place = await makePlace();
  const presses: string[] = [];
  const guest = answering((command) => {
    presses.push(command);
    if (command === "system_powerdown") void place.child.end();
    return { status: "running", running: true };
  });
  await using _qmp = serveQmp(place.qmpSocket, guest);
  const { operation } = makeOperation();
  deepEqual(await stopInstance(place.app, "web", {}, operation), { name: "web", how: "clean" });
  ok(presses.includes("system_powerdown"));
  equal(await statIfThere(instanceFiles(place.app.paths, "web").run), undefined);
  const again = await stopInstance(place.app, "web", {}, operation);
  deepEqual(again, { name: "web", how: "already" });
});

Deno.test("stopInstance() cuts off at the deadline what does not shut down, and says so", async () => {
  await using place = await makePlace();
  await using _qmp = serveQmp(place.qmpSocket, answering(() => ({ running: true })));
  const { operation, events } = makeOperation();
  const stopped = await stopInstance(place.app, "web", { timeoutMs: 100 }, operation);
  equal(stopped.how, "killed");
  ok(events.some((event) => event.kind === "warning" && /did not shut down/.test(event.text)));
});

Deno.test("stopInstance() lets a paused guest go on, so that it hears the power button", async () => {
  await using place = await makePlace();
  const asked: string[] = [];
  const guest = answering((command) => {
    asked.push(command);
    const running = asked.includes("cont");
    if (command === "system_powerdown" && running) void place.child.end();
    return { status: running ? "running" : "paused", running };
  });
  await using _qmp = serveQmp(place.qmpSocket, guest);
  const { operation } = makeOperation();
  deepEqual(await stopInstance(place.app, "web", { timeoutMs: 10_000 }, operation), {
    name: "web",
    how: "clean",
  });
});

Deno.test("stopInstance() cuts off a guest that the host's full disk holds again, long before its deadline", async () => {
  await using place = await makePlace();
  const asked: string[] = [];
  const guest = answering((command) => {
    asked.push(command);
    return { status: "io-error", running: false };
  });
  await using _qmp = serveQmp(place.qmpSocket, guest);
  const { operation, events } = makeOperation();
  const stopped = await stopInstance(place.app, "web", { timeoutMs: 60_000 }, operation);
  equal(stopped.how, "killed");
  equal(asked.filter((command) => command === "cont").length, 1);
  ok(events.some((event) => event.kind === "warning" && /disk is full/.test(event.text)));
});

Deno.test("startInstance() resumes a guest that is paused", async () => {
  await using place = await makePlace();
  let running = false;
  const guest = answering((command) => {
    running ||= command === "cont";
    return { status: running ? "running" : "paused", running };
  });
  await using _qmp = serveQmp(place.qmpSocket, guest);
  const started = await startInstance(place.app, "web", {}, makeOperation().operation);
  deepEqual([started.already, started.resumed, started.status.state], [true, true, "running"]);
});

Deno.test("startInstance() says so when the host's disk is still full", async () => {
  await using place = await makePlace();
  const full = answering(() => ({ status: "io-error", running: false }));
  await using _qmp = serveQmp(place.qmpSocket, full);
  await rejects(startInstance(place.app, "web", {}, makeOperation().operation), {
    code: "disk-full",
    message: `Cannot resume "web": the host's disk is full`,
  });
});

Deno.test("startInstance() warns of an instance whose time is over, and starts it", async () => {
  await using place = await makePlace({ expires: "2025-01-01T00:00:00.000Z" });
  const running = answering(() => ({ status: "running", running: true }));
  await using _qmp = serveQmp(place.qmpSocket, running);
  const { operation, events } = makeOperation();
  equal((await startInstance(place.app, "web", {}, operation)).status.state, "running");
  ok(
    events.some((event) =>
      event.kind === "warning" && /web expired at 2025-01-01/.test(event.text)
    ),
  );
});

Deno.test("stopInstance() does not wait for a QEMU whose socket is gone, nor for one it may not ask", async () => {
  for (const options of [{}, { kill: true }]) {
    await using place = await makePlace();
    const { operation } = makeOperation();
    deepEqual(await stopInstance(place.app, "web", options, operation), {
      name: "web",
      how: "killed",
    });
  }
});

Deno.test("startInstance() does not cut off a QEMU that is there and does not answer", async () => {
  await using place = await makePlace();
  await using _qmp = serveQmp(place.qmpSocket, silence);
  const identity = (await identifyProcess(place.app.host, place.child.pid))!;
  await rejects(startInstance(place.app, "web", {}, makeOperation().operation), {
    code: "instance-running",
    message: new RegExp(`pid ${place.child.pid}`),
    hint: /cubic stop --kill web/,
  });
  ok(await isAlive(place.app.host, identity));
});

Deno.test("startInstance() leaves one that runs alone", async () => {
  await using place = await makePlace();
  const running = answering(() => ({ status: "running", running: true }));
  await using _qmp = serveQmp(place.qmpSocket, running);
  const started = await startInstance(place.app, "web", {}, makeOperation().operation);
  deepEqual([started.already, started.status.state], [true, "running"]);
});

Deno.test("deleteInstance() ends the instance's QEMU and nobody else", async () => {
  await using place = await makePlace();
  const { host, paths } = place.app;
  await using stranger = startSleeper();
  const identity = (await identifyProcess(host, stranger.pid))!;
  await writeRun(instanceFiles(paths, "web"), {
    ...await runPlace(paths, place.instance),
    process: { pid: stranger.pid, started: "another boot/1" },
    accelerator: "tcg",
    startedAt: "2025-01-02T03:04:05.000Z",
  });
  await deleteInstance(place.app, "web", makeOperation().operation);
  ok(await isAlive(host, identity));
  equal(await identifyProcess(host, place.child.pid), undefined);
  deepEqual(await Array.fromAsync(Deno.readDir(paths.instances)), []);
});

Deno.test("deleteInstance() removes a broken instance, but none that somebody works on", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await putInstance(paths);
  await Deno.writeTextFile(instanceFiles(paths, "web").config, "oops");
  const { operation } = makeOperation();
  {
    await using _lock = await lockInstance(paths, "web", "start");
    const hurried = { ...operation, signal: AbortSignal.timeout(30) };
    await rejects(deleteInstance(temp.app, "web", hurried), { code: "interrupted" });
  }
  deepEqual(await instanceNames(paths), ["web"]);
  await deleteInstance(temp.app, "web", operation);
  deepEqual(await instanceNames(paths), []);
  await rejects(deleteInstance(temp.app, "web", operation), { code: "instance-not-found" });
  await rejects(deleteInstance(temp.app, "../images", operation), { code: "invalid-name" });
});

interface Place extends TempApp {
  readonly child: Child;
  readonly qmpSocket: string;
  readonly instance: Pick<Instance, "name" | "uuid">;
}

/** An instance with a process that passes for its QEMU. */
async function makePlace(changes: Partial<Instance> = {}): Promise<Place> {
  const temp = await makeTempApp();
  const { host, paths } = temp.app;
  const instance = await putInstance(paths, changes);
  await Deno.mkdir(paths.runtime, { recursive: true });
  const child = startPretendedQemu(instance.uuid);
  const where = await runPlace(paths, instance);
  await writeRun(instanceFiles(paths, "web"), {
    ...where,
    process: (await identifyProcess(host, child.pid))!,
    accelerator: "tcg",
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
