import { deepEqual, equal, rejects } from "node:assert/strict";
import { modifyInstance } from "./modify.ts";
import { parseForwards } from "./forward.ts";
import { readInstance } from "./store.ts";
import { instanceFiles } from "../paths.ts";
import { forwardingQemu } from "../../tests/support/forwarding_qemu.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { pretendGuest } from "../../tests/support/pretended_guest.ts";
import { freePort } from "../../tests/support/sshd.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("a change whose files for ssh can't be written is not stored", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const before = await putInstance(app.paths);
  const { sshConfig } = instanceFiles(app.paths, "web");
  await Deno.remove(sshConfig);
  await Deno.mkdir(sshConfig);
  const { operation, events } = makeOperation();
  await rejects(modifyInstance(app, "web", { cpus: 1 }, operation), {
    message: /^Cannot modify "web"/,
  });
  deepEqual([await readInstance(app.paths, "web"), events], [before, []]);
});

Deno.test("the guest is not asked for a user before the ports are there", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const port = freePort();
  const { answer } = forwardingQemu([], new RegExp(`hostfwd_add .*:${port}-`));
  // Whatever the guest is asked for ends at once: this host gets no user.
  await using guest = await pretendGuest(app, { answer, config: ["ForceCommand exit 1"] });
  await Deno.writeTextFile(`${instanceFiles(app.paths, "web").clientKey}.pub`, "ssh-ed25519 A\n");
  const request = { user: "bob", addForwards: parseForwards(`${port}:80`) };
  const { operation } = makeOperation();
  await rejects(modifyInstance(app, "web", request, operation), { code: "port-taken" });
  equal(/Accepted publickey/.test(await guest.sshd.log()), false);
  deepEqual(await readInstance(app.paths, "web"), guest.instance);
});

Deno.test("ports are taken back when the guest can't make the user", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const port = freePort();
  const qemu = forwardingQemu();
  await using guest = await pretendGuest(app, {
    answer: qemu.answer,
    config: ["ForceCommand exit 1"],
  });
  await Deno.writeTextFile(`${instanceFiles(app.paths, "web").clientKey}.pub`, "ssh-ed25519 A\n");
  const request = { user: "bob", addForwards: parseForwards(`${port}:80`) };
  const { operation } = makeOperation();
  await rejects(modifyInstance(app, "web", request, operation), { code: "ssh-failed" });
  deepEqual(qemu.asked.map((line) => line.split(" ")[0]), ["hostfwd_add", "hostfwd_remove"]);
  deepEqual(await readInstance(app.paths, "web"), guest.instance);
});
