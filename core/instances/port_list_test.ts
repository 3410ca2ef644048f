import { deepEqual } from "node:assert/strict";
import { parseForwards } from "./forward.ts";
import { listPorts } from "./port_list.ts";
import { readInstance, writeInstance } from "./store.ts";
import { forwardingQemu } from "../../tests/support/forwarding_qemu.ts";
import { pretendGuest } from "../../tests/support/pretended_guest.ts";
import type { Request } from "../../tests/support/qmp_server.ts";
import { freePort } from "../../tests/support/sshd.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";

/** Who has the port of a rule, of an instance that runs. */
async function useOf(answer: (command: string, request: Request) => unknown): Promise<string[]> {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await using _guest = await pretendGuest(temp.app, { answer });
  const forwards = parseForwards(`${freePort()}:80/udp`);
  await writeInstance(paths, { ...await readInstance(paths, "web"), forwards });
  return (await listPorts(temp.app, ["web"], makeOperation().operation)).map(({ use }) => use);
}

Deno.test("a QEMU that listens nowhere has no port, one that does not say has those of its start", async () => {
  deepEqual(await useOf(forwardingQemu().answer), ["free"]);
  const mute = (command: string): unknown => {
    if (command === "human-monitor-command") throw new Error("hangs up");
    return { status: "running", running: true };
  };
  deepEqual(await useOf(mute), ["instance"]);
});
