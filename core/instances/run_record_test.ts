import { deepEqual, equal, ok } from "node:assert/strict";
import { ensureDir, statIfThere } from "../atomic.ts";
import { type InstanceFiles, instanceFiles } from "../paths.ts";
import { identifyProcess, isAlive } from "../process.ts";
import {
  clearRun,
  findQemuProcesses,
  readRun,
  recordedProcess,
  runPlace,
  type RunRecord,
  writeRun,
} from "./run_record.ts";
import type { Instance } from "./instance.ts";
import { startPretendedQemu, startSleeper } from "../../tests/support/child.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp, type TempApp } from "../../tests/support/temp_app.ts";

Deno.test("a record is kept, and one that is damaged counts as none", async () => {
  await using place = await makePlace();
  equal(await readRun(place.files), undefined);
  await writeRun(place.files, place.record);
  deepEqual(await readRun(place.files), place.record);
  equal((await Deno.stat(place.files.run)).mode! & 0o777, 0o600);
  for (const text of ["", "{", "null", "[]", "42", '{"process": {"pid": 1}}']) {
    await Deno.writeTextFile(place.files.run, text);
    equal(await readRun(place.files), undefined, text);
    equal(await recordedProcess(place.app.host, place.files), undefined, text);
  }
});

Deno.test("runPlace() has sockets that are short, and other for another instance", async () => {
  await using place = await makePlace();
  const { qmpSocket, consoleSocket } = await runPlace(place.app.paths, place.instance);
  ok(qmpSocket.startsWith(`${place.app.paths.runtime}/`) && qmpSocket !== consoleSocket);
  equal(qmpSocket.length, place.app.paths.runtime.length + 1 + 16 + 4);
});

Deno.test("a recorded pid that is another process by now is nobody, and is left alone", async () => {
  await using place = await makePlace();
  await using stranger = startSleeper();
  const identity = (await identifyProcess(place.app.host, stranger.pid))!;
  const process = { pid: stranger.pid, started: "before the reboot/1" };
  await writeRun(place.files, { ...place.record, process });
  await Deno.writeTextFile(place.files.pid, `${stranger.pid}\n`);
  equal(await recordedProcess(place.app.host, place.files), undefined);
  deepEqual(await findQemuProcesses(place.app.host, place.app.paths, place.instance), []);
  ok(await isAlive(place.app.host, identity));
});

Deno.test("a QEMU that nobody wrote down is found by its uuid and written down", async () => {
  await using place = await makePlace();
  const { app, instance, files } = place;
  await writeRun(files, place.record);
  await using child = startPretendedQemu(instance.uuid);
  await using _other = startPretendedQemu(crypto.randomUUID());
  equal((await recordedProcess(app.host, files))?.process.pid, child.pid);
  const found = await findQemuProcesses(app.host, app.paths, instance);
  deepEqual(found.map(({ pid }) => pid), [child.pid]);
  deepEqual(await readRun(files), { ...place.record, process: found[0] });
  equal((await recordedProcess(app.host, files))?.process.pid, child.pid);
  await child.end();
  deepEqual(await findQemuProcesses(app.host, app.paths, instance), []);
});

Deno.test("a QEMU is found though even its record is gone, and where its sockets must be", async () => {
  await using place = await makePlace();
  const { app, instance, files } = place;
  await using child = startPretendedQemu(instance.uuid);
  await findQemuProcesses(app.host, app.paths, instance);
  const record = await readRun(files);
  equal(record?.process?.pid, child.pid);
  equal(record?.qmpSocket, place.record.qmpSocket);
});

Deno.test("clearRun() removes record, pid file, sockets and what killed writers left, and no more", async () => {
  await using place = await makePlace();
  const { files, record } = place;
  await clearRun(files);
  await writeRun(files, record);
  await ensureDir(place.app.paths.runtime);
  const gone = [record.qmpSocket, record.consoleSocket, files.pid, `${files.config}.1a2b3c4d.tmp`];
  for (const path of gone) await Deno.writeTextFile(path, "");
  const kept = [files.config, files.disk, files.consoleLog, files.efiVars];
  for (const path of kept) if (!(await statIfThere(path))) await Deno.writeTextFile(path, "");
  await clearRun(files);
  for (const path of [...gone, files.run]) equal(await statIfThere(path), undefined, path);
  for (const path of kept) ok(await statIfThere(path), path);
});

interface Place extends TempApp {
  readonly instance: Instance;
  readonly files: InstanceFiles;
  readonly record: RunRecord;
}

async function makePlace(): Promise<Place> {
  const temp = await makeTempApp();
  const instance = await putInstance(temp.app.paths);
  const record: RunRecord = {
    ...await runPlace(temp.app.paths, instance),
    accelerator: "tcg",
    startedAt: "2025-01-02T03:04:05.000Z",
  };
  return { ...temp, instance, files: instanceFiles(temp.app.paths, "web"), record };
}
