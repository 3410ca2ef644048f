/** What is remembered of hardware acceleration, and when it is not. */
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { readTextIfThere } from "../../core/atomic.ts";
import { accelerationCheck } from "../../core/doctor/acceleration.ts";
import { readVerdict, rememberVerdict, type VerdictScope } from "../../core/qemu/accelerator.ts";
import { findFirmware } from "../../core/qemu/firmware.ts";
import { probeQemu } from "../../core/qemu/locate.ts";
import { addBlankImage, makeSandbox } from "../support/sandbox.ts";
import { makeOperation, makeTempApp } from "../support/temp_app.ts";

Deno.test("an instance that can't start anyway says nothing about the accelerator", async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  const small = ["--image", "debian:bookworm", "--memory", "128M", "--cpus", "1"];
  await sandbox.ok("create", "web", ...small);
  await Deno.writeTextFile(join(sandbox.home, "instances", "web", "disk.qcow2"), "no disk");
  const { code, stderr } = await sandbox.cubic("start", "web");
  equal(code, 1, stderr);
  equal(/No hardware acceleration/.test(stderr), false, stderr);
  const kept = join(sandbox.home, "cache", `accelerator-${realHost().arch}.json`);
  equal(await readTextIfThere(kept), undefined);
});

Deno.test("cubic doctor --fix forgets a verdict against acceleration, and keeps one for it", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { host, paths } = app;
  const { program } = await probeQemu(host, paths, host.arch);
  const { code } = await findFirmware(host, program, host.arch);
  const scope: VerdictScope = { qemu: program, firmware: code, arch: host.arch };
  const mend = async (): Promise<readonly string[]> =>
    await accelerationCheck.mend?.(app, makeOperation().operation) ?? [];

  deepEqual(await mend(), []);
  await rememberVerdict(paths, scope, { works: true });
  deepEqual(await mend(), []);
  equal((await readVerdict(paths, scope))?.works, true);

  await rememberVerdict(paths, scope, { works: false, reason: "the guest did nothing" });
  deepEqual(await mend(), ["Forgot that acceleration did not work"]);
  equal(await readVerdict(paths, scope), undefined);
});
