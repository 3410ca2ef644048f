/** After a reboot the recorded pid may belong to somebody else: nothing may trust or kill that process. */
import { equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { addBlankImage, makeSandbox } from "../support/sandbox.ts";

Deno.test("a stranger with QEMU's old pid is neither trusted nor killed", async (t) => {
  await using sandbox = await makeSandbox();
  await addBlankImage(sandbox);
  await sandbox.ok("create", "web", "--image", "debian:bookworm", "--memory", "128M");
  const files = join(sandbox.home, "instances", "web");
  const stranger = new Deno.Command("sleep", { args: ["600"] }).spawn();

  /** The machine went down, and came up with another process where QEMU was. */
  const reboot = async (): Promise<void> => {
    const [{ pid }] = await sandbox.json("start", "web");
    const record = await Deno.readTextFile(join(files, "run.json"));
    Deno.kill(pid, "SIGKILL");
    const pidFile = join(files, "qemu.pid");
    await Deno.writeTextFile(
      join(files, "run.json"),
      record.replaceAll(`:${pid},`, `:${stranger.pid},`),
    );
    await Deno.writeTextFile(pidFile, `${stranger.pid}\n`);
    ok((await Deno.readTextFile(join(files, "run.json"))).includes(String(stranger.pid)));
  };
  const lives = (): Promise<boolean> =>
    Deno.stat(`/proc/${stranger.pid}/exe`).then(() => true, () => false);

  try {
    await t.step("it counts as stopped", async () => {
      await reboot();
      equal((await sandbox.json("instances"))[0].state, "stopped");
    });
    await t.step("stop --kill leaves the stranger alone", async () => {
      await sandbox.ok("stop", "--kill", "web");
      ok(await lives());
    });
    await t.step("start starts a QEMU of its own", async () => {
      await reboot();
      const [{ pid, state }] = await sandbox.json("start", "web");
      equal(state, "running");
      ok(pid !== stranger.pid);
      ok(await lives());
    });
    await t.step("delete leaves the stranger alone", async () => {
      await sandbox.ok("stop", "--kill", "web");
      await reboot();
      await sandbox.ok("delete", "--yes", "web");
      ok(await lives());
      equal((await sandbox.qemus()).length, 0);
    });
  } finally {
    stranger.kill("SIGKILL");
    await stranger.status;
  }
});
