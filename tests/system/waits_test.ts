/** Every wait ends by a deadline with the reason, and costs next to nothing. */
import { equal, match, ok } from "node:assert/strict";
import { cpuSeconds } from "../../core/process.ts";
import { realHost } from "../../core/host.ts";
import { addBlankImage, makeSandbox, type Sandbox } from "../support/sandbox.ts";

async function blankGuest(): Promise<Sandbox> {
  const sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  await sandbox.ok("create", "deaf", "--image", "debian:bookworm", "--memory", "128M");
  return sandbox;
}

/** Runs cubic and measures which part of one processor it uses after its start-up. */
async function watchCpu(
  sandbox: Sandbox,
  ...args: string[]
): Promise<{ readonly code: number; readonly stderr: string; readonly share: number }> {
  const child = sandbox.spawn(...args);
  const output = child.output();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const from = { at: performance.now(), cpu: await cpuSeconds(realHost(), child.pid) };
  let to = from;
  const timer = setInterval(async () => {
    const cpu = await cpuSeconds(realHost(), child.pid);
    if (cpu !== undefined) to = { at: performance.now(), cpu };
  }, 250);
  const { code, stderr } = await output;
  clearInterval(timer);
  const share = ((to.cpu ?? 0) - (from.cpu ?? 0)) / ((to.at - from.at) / 1000);
  return { code, stderr: new TextDecoder().decode(stderr), share };
}

Deno.test("start --wait for a guest that never comes up ends with its console's last lines", async () => {
  await using sandbox = await blankGuest();
  const { code, stderr, share } = await watchCpu(
    sandbox,
    "start",
    "deaf",
    "--wait",
    "--timeout",
    // On a busy machine the firmware takes a while to say its first word.
    "30s",
  );
  equal(code, 1);
  match(stderr, /Cannot log in to .* within 30 s/);
  match(stderr, /The last lines of its console:\n.*\S/);
  match(stderr, /cubic logs deaf/);
  ok(share < 0.05, `the wait used ${(share * 100).toFixed(1)} % of a processor`);
});

Deno.test("exec and ssh give up at their deadline, and when the machine is gone", async () => {
  await using sandbox = await blankGuest();
  await sandbox.ok("start", "deaf");
  const late = await sandbox.cubic("exec", "--timeout", "3s", "deaf", "--", "true");
  equal(late.code, 255);
  match(late.stderr, /within 3 s/);
  const waiting = sandbox.spawn("exec", "--timeout", "60s", "deaf", "--", "true");
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await sandbox.ok("stop", "--kill", "deaf");
  const began = performance.now();
  const { code, stderr } = await waiting.output();
  equal(code, 255);
  match(new TextDecoder().decode(stderr), /the machine stopped/);
  ok(performance.now() - began < 30_000);
});

Deno.test("a stop that waits for its guest uses next to no processor time", async () => {
  await using sandbox = await blankGuest();
  await sandbox.ok("start", "deaf");
  const { code, stderr, share } = await watchCpu(sandbox, "stop", "deaf", "--timeout", "7s");
  equal(code, 0);
  match(stderr, /did not shut down within 7 s/);
  ok(share < 0.05, `the wait used ${(share * 100).toFixed(1)} % of a processor`);
});

Deno.test("a frozen QEMU is seen as unresponsive and can be stopped", async () => {
  await using sandbox = await blankGuest();
  const [{ pid }] = await sandbox.json("start", "deaf");
  Deno.kill(pid, "SIGSTOP");
  equal((await sandbox.json("show", "deaf")).state, "unresponsive");
  const stopped = await sandbox.cubic("stop", "deaf");
  equal(stopped.code, 0);
  match(stopped.stderr, /deaf is unresponsive; cutting it off/);
  equal((await sandbox.qemus()).length, 0);
});

Deno.test("Ctrl-C ends a wait with 130 and leaves the guest running", async () => {
  await using sandbox = await blankGuest();
  const child = sandbox.spawn("start", "deaf", "--wait");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  child.kill("SIGINT");
  equal((await child.output()).code, 130);
  equal((await sandbox.json("show", "deaf")).state, "running");
});
