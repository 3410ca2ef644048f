/** The life of an instance as processes of the real program, on a guest that stays in its firmware. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { realHost } from "../../core/host.ts";
import { addBlankImage, makeSandbox, type Sandbox } from "../support/sandbox.ts";

const SMALL = ["--image", "debian:bookworm", "--memory", "128M", "--cpus", "1"];

async function sandboxWith(...names: string[]): Promise<Sandbox> {
  const sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  for (const name of names) await sandbox.ok("create", name, ...SMALL);
  return sandbox;
}

Deno.test("an instance is created, started, shown, stopped and deleted", async () => {
  await using sandbox = await sandboxWith("web");
  equal((await sandbox.json("show", "web")).state, "stopped");

  const [started] = await sandbox.json("start", "web");
  equal(started.state, "running");
  const [qemu, ...others] = await sandbox.qemus();
  equal(started.pid, qemu?.pid);
  equal(others.length, 0);
  // It left our process group and session: no Ctrl-C or hangup of a terminal reaches it.
  const stat = await Deno.readTextFile(`/proc/${qemu!.pid}/stat`);
  const [, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  equal(Number(group), qemu!.pid);
  equal(Number(session), qemu!.pid);

  match((await sandbox.cubic("start", "web")).stderr, /web runs already/);
  // The firmware ignores the power button, so the deadline decides.
  const stopped = await sandbox.cubic("stop", "web", "--timeout", "1s");
  equal(stopped.code, 0);
  match(stopped.stderr, /did not shut down within 1 s; cutting it off/);
  equal((await sandbox.qemus()).length, 0);
  match((await sandbox.cubic("stop", "web")).stderr, /web is stopped already/);

  await sandbox.ok("delete", "web", "--yes");
  equal((await sandbox.cubic("show", "web")).code, 3);
  deepEmpty(await sandbox.json("instances"));
  deepEmpty(await sandbox.sockets());
});

Deno.test("QEMU is told apart from the terminal's hangup and survives its cubic", async () => {
  await using sandbox = await sandboxWith("web");
  const [{ pid }] = await sandbox.json("start", "web");
  equal((await sandbox.json("instances"))[0].pid, pid);
  match(await sandbox.ok("instances", "--all"), new RegExp(`web +running .* ${pid}`));
});

Deno.test("a running instance is deleted with its QEMU", async () => {
  await using sandbox = await sandboxWith("web");
  await sandbox.ok("start", "web");
  await sandbox.ok("delete", "web", "-y");
  equal((await sandbox.qemus()).length, 0);
});

Deno.test("delete ends the QEMU of an instance of which nothing can be read any more", async () => {
  await using sandbox = await sandboxWith("web");
  await sandbox.ok("start", "web");
  const dir = join(sandbox.home, "instances", "web");
  await Deno.writeTextFile(join(dir, "instance.toml"), "damaged");
  await Deno.remove(join(dir, "run.json"));
  await sandbox.ok("delete", "--yes", "web");
  equal((await sandbox.qemus()).length, 0);
});

Deno.test("a copy of the whole data directory does not take the original's QEMU for its own", async () => {
  await using sandbox = await sandboxWith("web");
  const [{ pid }] = await sandbox.json("start", "web");
  await using copy = await makeSandbox({ TMPDIR: sandbox.env["TMPDIR"]! });
  await realHost().run("cp", ["-r", `${sandbox.home}/.`, copy.home]);
  equal((await copy.json("show", "web")).state, "stopped");
  await copy.ok("stop", "--kill", "web");
  await copy.ok("start", "web");
  await copy.ok("delete", "--yes", "web");
  const original = await sandbox.json("show", "web");
  equal(original.state, "running");
  equal(original.pid, pid);
});

Deno.test("a QEMU that died by itself leaves a stopped instance that starts again", async () => {
  await using sandbox = await sandboxWith("web");
  const [{ pid }] = await sandbox.json("start", "web");
  Deno.kill(pid, "SIGKILL");
  equal((await sandbox.json("show", "web")).state, "stopped");
  const [again] = await sandbox.json("start", "web");
  equal(again.state, "running");
  notEqual(again.pid, pid);
});

Deno.test("auto falls back to emulation, says so once and does not try again", async () => {
  await using sandbox = await sandboxWith("one", "two");
  const first = await sandbox.cubic("start", "one", "-v");
  const second = await sandbox.cubic("start", "two", "-v");
  equal(first.code, 0);
  equal(second.code, 0);
  const warning = /warning: No hardware acceleration/;
  const accelerator = (await sandbox.json("show", "one")).accelerator;
  if (accelerator === "tcg" && /trying kvm|trying hvf/.test(first.stderr)) {
    match(first.stderr, warning);
    equal(first.stderr.match(/No hardware acceleration/g)?.length, 1);
    ok(!warning.test(second.stderr), second.stderr);
  }
  // Whatever was found out the first time is not tried a second time.
  ok(!/trying (kvm|hvf)/.test(second.stderr), second.stderr);
  equal((await sandbox.json("show", "two")).accelerator, accelerator);
});

Deno.test("--accel on starts under hardware acceleration or not at all", async () => {
  await using sandbox = await sandboxWith("web");
  const { code, stderr } = await sandbox.cubic("start", "web", "--accel", "on");
  const shown = await sandbox.json("show", "web");
  if (code === 0) {
    notEqual(shown.accelerator, "tcg");
  } else {
    equal(code, 5, stderr);
    match(stderr, /Cannot use (kvm|hvf): \S/);
    match(stderr, /`--accel auto` starts it without/);
    equal(shown.state, "stopped");
    equal((await sandbox.qemus()).length, 0);
  }
});

Deno.test("an SSH port that somebody took is replaced, a forwarded one is named", async () => {
  await using sandbox = await sandboxWith("web");
  const before = (await sandbox.json("show", "web")).sshPort;
  const other = Deno.listen({ hostname: "127.0.0.1", port: before });
  const forwarded = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = forwarded.addr as Deno.NetAddr;
  try {
    const started = await sandbox.cubic("start", "web");
    equal(started.code, 0);
    match(started.stderr, new RegExp(`Port ${before} is taken; web has SSH on \\d+ now`));
    notEqual((await sandbox.json("show", "web")).sshPort, before);

    await sandbox.ok("create", "ports", ...SMALL, "--port", `${port}:80`);
    const refused = await sandbox.cubic("start", "ports");
    equal(refused.code, 4);
    match(refused.stderr, new RegExp(`another program listens on port ${port}`));
  } finally {
    other.close();
    forwarded.close();
  }
  await sandbox.ok("start", "ports");
  await sandbox.ok("create", "rival", ...SMALL, "--port", `${port}:80`);
  const rival = await sandbox.cubic("start", "rival");
  equal(rival.code, 4);
  match(rival.stderr, new RegExp(`the instance "ports" listens on port ${port}`));
  match(rival.stderr, /`cubic stop ports` frees it/);
});

Deno.test("what QEMU says when it fails reaches the person", async () => {
  await using sandbox = await sandboxWith("web");
  await Deno.writeTextFile(join(sandbox.home, "instances", "web", "disk.qcow2"), "no disk");
  const failed = await sandbox.cubic("start", "web");
  equal(failed.code, 1);
  match(failed.stderr, /it ended before it was ready/);
  match(failed.stderr, /not in qcow2 format/);
  match(await sandbox.ok("logs", "web", "--qemu"), /not in qcow2 format/);
  await Deno.remove(join(sandbox.home, "instances", "web", "disk.qcow2"));
  const broken = await sandbox.cubic("start", "web");
  equal(broken.code, 4);
  match(broken.stderr, /disk\.qcow2 does not exist/);
});

function deepEmpty(list: readonly unknown[]): void {
  equal(list.length, 0, JSON.stringify(list));
}
