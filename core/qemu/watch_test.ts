import { deepEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { type Host, realHost } from "../host.ts";
import { identifyProcess } from "../process.ts";
import { type Watched, watchFirstMoments } from "./watch.ts";
import { type Child, startSleeper } from "../../tests/support/child.ts";
import { answering, type Conversation, serveQmp, silence } from "../../tests/support/qmp_server.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const host = realHost();
const signal = new AbortController().signal;
const running = answering(() => ({ status: "running", running: true }));

Deno.test("watchFirstMoments() believes a guest whose console speaks", async () => {
  await withMachine(running, async (machine) => {
    const watching = watchFirstMoments(host, machine, signal);
    await Deno.writeTextFile(machine.consoleLog, "BdsDxe");
    deepEqual(await watching, { works: true });
  });
});

Deno.test("watchFirstMoments() believes a console that speaks though QEMU is too busy to answer", async () => {
  await withMachine(silence, async (machine) => {
    await Deno.writeTextFile(machine.consoleLog, "BdsDxe");
    deepEqual(await watchFirstMoments(host, machine, signal), { works: true });
  });
});

Deno.test("watchFirstMoments() sees a guest that stopped with an internal error", async () => {
  const broken = answering(() => ({ status: "internal-error", running: false }));
  await withMachine(broken, async (machine) => {
    const verdict = await watchFirstMoments(host, machine, signal);
    deepEqual(verdict, { works: false, reason: "the guest stopped with an internal error" });
  });
});

Deno.test("watchFirstMoments() sees a QEMU that dies, and passes on its words", async () => {
  await withMachine(running, async (machine, child) => {
    const words =
      "2025-01-02T03:04:05.6Z qemu-system-x86_64: error: failed to set MSR 0x10a\nmore\n";
    await Deno.writeTextFile(machine.qemuLog, words);
    await child.end();
    const verdict = await watchFirstMoments(host, machine, signal);
    deepEqual(verdict, { works: false, reason: "QEMU died: failed to set MSR 0x10a" });
  });
});

Deno.test("watchFirstMoments() gives a guest up that neither speaks nor works until the deadline", async () => {
  await withMachine(running, async (machine) => {
    const verdict = await watchFirstMoments(host, machine, signal, 200);
    deepEqual(verdict, { works: false, reason: "the guest did nothing for 0.2 s" });
  });
});

Deno.test("watchFirstMoments() believes a silent guest whose processors work", async () => {
  await withMachine(running, async (machine) => {
    const run: Host["run"] = (_command, args) => {
      const stdout = args.includes("cputime=") ? "0:05.00" : `S ${machine.process.started}`;
      return Promise.resolve({ code: 0, stdout, stderr: "" });
    };
    const mac: Host = { ...host, os: "darwin", run };
    deepEqual(await watchFirstMoments(mac, machine, signal, 200), { works: true });
  });
});

Deno.test("watchFirstMoments() ends at once when interrupted", async () => {
  await withMachine(running, async (machine) => {
    const controller = new AbortController();
    const watching = watchFirstMoments(host, machine, controller.signal);
    controller.abort();
    await rejects(watching, { code: "interrupted" });
  });
});

async function withMachine(
  conversation: Conversation,
  test: (machine: Watched, child: Child) => Promise<void>,
): Promise<void> {
  await using dir = await makeTempDir({ short: true });
  await using child = startSleeper();
  const qmpSocket = join(dir.path, "qmp");
  await using _server = serveQmp(qmpSocket, conversation);
  const process = (await identifyProcess(host, child.pid))!;
  const logs = { consoleLog: join(dir.path, "console"), qemuLog: join(dir.path, "log") };
  await test({ process, qmpSocket, ...logs }, child);
}
