/** Many commands at once: each succeeds or says who holds the lock, and ports never collide. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { addBlankImage, type Finished, makeSandbox } from "../support/sandbox.ts";

const EIGHT = ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"];
const SMALL = ["--image", "debian:bookworm", "--memory", "128M", "--cpus", "1"];

function successes(results: readonly Finished[]): number {
  return results.filter(({ code }) => code === 0).length;
}

/** Who does not succeed is told why, in words that name the holder or the instance. */
function refusalsAreClear(results: readonly Finished[], also: RegExp): void {
  for (const { code, stderr } of results) {
    if (code === 0) continue;
    equal(code, 4, stderr);
    ok(/process \d+ holds its lock \(\w+\)/.test(stderr) || also.test(stderr), stderr);
  }
}

Deno.test("8 creates of different names all succeed, with different ports", async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  const results = await Promise.all(EIGHT.map((name) => sandbox.cubic("create", name, ...SMALL)));
  equal(successes(results), 8, results.map(({ stderr }) => stderr).join(""));
  const list = await sandbox.json("instances");
  deepEqual(list.map(({ name }: { name: string }) => name), EIGHT);
  equal(new Set(list.map(({ sshPort }: { sshPort: number }) => sshPort)).size, 8);
  equal(new Set(list.map(({ mac }: { mac: string }) => mac)).size, 8);
});

Deno.test("8 creates of one name make one instance", async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  const results = await Promise.all(EIGHT.map(() => sandbox.cubic("create", "same", ...SMALL)));
  equal(successes(results), 1);
  refusalsAreClear(results, /there is one already/);
  equal((await sandbox.json("instances")).length, 1);
});

Deno.test("8 starts and 8 stops of one instance leave one QEMU, then none", async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  await sandbox.ok("create", "same", ...SMALL);
  const starts = await Promise.all(EIGHT.map(() => sandbox.cubic("start", "same")));
  ok(successes(starts) >= 1);
  refusalsAreClear(starts, /$^/);
  equal((await sandbox.qemus()).length, 1);
  const stops = await Promise.all(EIGHT.map(() => sandbox.cubic("stop", "--kill", "same")));
  ok(successes(stops) >= 1);
  refusalsAreClear(stops, /$^/);
  equal((await sandbox.qemus()).length, 0);
  equal((await sandbox.json("show", "same")).state, "stopped");
});

Deno.test("8 starts and stops of different instances at once all succeed", async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  for (const name of EIGHT) await sandbox.ok("create", name, ...SMALL);
  const starts = await Promise.all(EIGHT.map((name) => sandbox.cubic("start", name)));
  equal(successes(starts), 8, starts.map(({ stderr }) => stderr).join(""));
  equal((await sandbox.qemus()).length, 8);
  const stops = await Promise.all(EIGHT.map((name) => sandbox.cubic("stop", "--kill", name)));
  equal(successes(stops), 8, stops.map(({ stderr }) => stderr).join(""));
  equal((await sandbox.qemus()).length, 0);
});

Deno.test("a start that meets a long stop says who holds the lock", async () => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  await sandbox.ok("create", "same", ...SMALL);
  await sandbox.ok("start", "same");
  const stopping = sandbox.spawn("stop", "same", "--timeout", "8s");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const refused = await sandbox.cubic("start", "same");
  equal(refused.code, 4);
  match(refused.stderr, new RegExp(`process ${stopping.pid} holds its lock \\(stop\\)`));
  equal((await stopping.output()).code, 0);
});
