import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { statIfThere } from "../atomic.ts";
import { instanceFiles } from "../paths.ts";
import { readRun, runPlace, writeRun } from "../instances/run_record.ts";
import { beginInstance, lockInstance } from "../instances/store.ts";
import { checkHost as checkAll, CHECKS } from "./checks.ts";
import type { Finding } from "./finding.ts";
import { mend as mendAll } from "./mend.ts";
import { findStale } from "./stale.ts";
import { leaveDeadSocket, startPretendedQemu, startSleeper } from "../../tests/support/child.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { serveQmp, silence } from "../../tests/support/qmp_server.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";
import type { App } from "../app.ts";

const checkHost = (app: App): Promise<Finding[]> =>
  checkAll(app, { ...makeOperation().operation, offline: true });
const mend = (app: App): Promise<string[]> => mendAll(app, makeOperation().operation);

const RECORD = { accelerator: "tcg", startedAt: "2025-01-02T03:04:05.000Z" } as const;

Deno.test("mend() clears what a QEMU that is gone has left, whole instance or broken", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await using stranger = startSleeper();
  const stale: string[] = [];
  for (const name of ["web", "db"]) {
    const files = instanceFiles(paths, name);
    const instance = await putInstance(paths, { name });
    const process = { pid: stranger.pid, started: "another boot/1" };
    await writeRun(files, { ...RECORD, ...await runPlace(paths, instance), process });
    await Deno.writeTextFile(files.pid, `${stranger.pid}\n`);
    stale.push(files.run, files.pid);
  }
  await Deno.writeTextFile(instanceFiles(paths, "db").config, "oops");
  deepEqual((await findStale(temp.app)).sort(), stale.sort());
  deepEqual((await mend(temp.app)).sort(), stale.map((path) => `Removed ${path}`).sort());
  deepEqual(await findStale(temp.app), []);
  deepEqual(await mend(temp.app), []);
});

Deno.test("mend() leaves an instance alone that somebody works on", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = await putInstance(paths);
  const files = instanceFiles(paths, "web");
  // What a start looks like in the moment before there is a process.
  await writeRun(files, { ...RECORD, ...await runPlace(paths, instance) });
  await using _lock = await lockInstance(paths, "web", "start");
  deepEqual(await mend(temp.app), []);
  ok(await readRun(files));
});

Deno.test("mend() finds a QEMU again that nobody wrote down", async () => {
  await using temp = await makeTempApp();
  const instance = await putInstance(temp.app.paths);
  await using child = startPretendedQemu(instance.uuid);
  deepEqual(await mend(temp.app), [`Found the QEMU of web again (pid ${child.pid})`]);
  deepEqual(await mend(temp.app), []);
});

Deno.test("mend() removes runPlace that nobody listens on, and no others", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await Deno.mkdir(paths.runtime, { recursive: true, mode: 0o700 });
  const [dead, alive] = ["0".repeat(16), "1".repeat(16)].map((id) =>
    join(paths.runtime, `${id}.qmp`)
  );
  await leaveDeadSocket(dead!);
  await using _qmp = serveQmp(alive!, silence);
  await Deno.writeTextFile(join(paths.runtime, "something-else"), "");
  deepEqual(await mend(temp.app), [`Removed ${dead}`]);
  ok(await statIfThere(alive!));
});

Deno.test("checkHost() has a finding for every check, and a remedy for every one that is not well", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await putInstance(paths);
  await Deno.writeTextFile(instanceFiles(paths, "web").config, "oops");
  await beginInstance(paths, "dead");
  const findings = await checkHost(temp.app);
  const names = new Set(findings.map(({ check }) => check));
  deepEqual([...names], CHECKS.map(({ name }) => name));
  for (const { level, text, remedy } of findings) {
    ok(text !== "");
    if (level !== "ok") ok(remedy, text);
  }
  const found = (check: string): string | undefined =>
    findings.find((finding) => finding.check === check)?.text;
  match(found("Instances") ?? "", /instance\.toml is damaged/);
  match(found("Leftovers") ?? "", /\.create-dead/);
});

Deno.test("checkHost() goes on when a check itself fails", async () => {
  await using temp = await makeTempApp();
  // A file where a directory should be: nothing can be listed or kept.
  await Deno.writeTextFile(temp.app.paths.instances, "");
  await Deno.writeTextFile(temp.app.paths.cache, "");
  const findings = await checkHost(temp.app);
  equal(findings.find(({ check }) => check === "Instances")?.level, "problem");
  ok(findings.some(({ check, level }) => check === "qemu-img" && level === "ok"));
});

Deno.test("mend() removes a layer that no disk stands on", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const dir = join(paths.layers, "left");
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  const findings = await checkHost(temp.app);
  match(findings.find(({ check }) => check === "Leftovers")?.text ?? "", /layers\/left/);
  deepEqual(await mend(temp.app), [`Removed ${dir}`]);
  equal(await statIfThere(dir), undefined);
});
