import { equal } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { readTextIfThere } from "../../core/atomic.ts";
import { addBlankImage, makeSandbox } from "../support/sandbox.ts";

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
