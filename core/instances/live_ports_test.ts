import { deepEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { parseForwards } from "./forward.ts";
import { changeLivePorts } from "./live_ports.ts";
import { forwardingQemu, usernetLine } from "../../tests/support/forwarding_qemu.ts";
import { answering, serveQmp } from "../../tests/support/qmp_server.ts";
import { freePort } from "../../tests/support/sshd.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("all that can be taken back is, and the first failure is the one that is told", async () => {
  await using temp = await makeTempApp();
  const [gone, taken, added, refused] = [freePort(), freePort(), freePort(), freePort()];
  const rules = [usernetLine(gone, 80), usernetLine(taken, 81)];
  // One of the two ports that were given up has gone to a stranger.
  const qemu = forwardingQemu(rules, new RegExp(`hostfwd_add .*:(${taken}|${refused})-`));
  const qmpSocket = join(temp.home, "qmp");
  await using _server = serveQmp(qmpSocket, answering(qemu.answer));
  const { operation, events } = makeOperation();
  const change = {
    ...{ name: "web", qmpSocket },
    removed: [`${gone}:80`, `${taken}:81`].flatMap(parseForwards),
    added: [`${added}:1`, `${refused}:2`].flatMap(parseForwards),
  };
  await rejects(changeLivePorts(temp.app, change, operation.report), {
    code: "port-taken",
    message: new RegExp(`Cannot forward port ${refused}:`),
  });
  deepEqual(qemu.asked.map((line) => line.replace(/ net /, " ").replace(/-10\..*|-:.*/, "")), [
    `hostfwd_remove tcp:127.0.0.1:${gone}`,
    `hostfwd_remove tcp:127.0.0.1:${taken}`,
    `hostfwd_add tcp:127.0.0.1:${added}`,
    `hostfwd_add tcp:127.0.0.1:${refused}`,
    `hostfwd_remove tcp:127.0.0.1:${added}`,
    `hostfwd_add tcp:127.0.0.1:${taken}`,
    `hostfwd_add tcp:127.0.0.1:${gone}`,
  ]);
  const port = `Cannot forward port ${taken}: QEMU could not listen there`;
  const text = `A part of the change could not be taken back: ${port}`;
  deepEqual(events, [{ kind: "warning", text }]);
});
