/** Stopping guests that hear late and QEMUs that answer late, as on a loaded host (upstream's faults 9 and 10). */
import { deepEqual, equal, ok } from "node:assert/strict";
import { runPlace, writeRun } from "../../core/instances/run_record.ts";
import { stopInstance, type Stopped } from "../../core/instances/stop.ts";
import { instanceFiles } from "../../core/paths.ts";
import type { Progress } from "../../core/progress.ts";
import { type Child, startPretendedQemu } from "../support/child.ts";
import { putInstance } from "../support/instance.ts";
import { type Conversation, GREETING, serveQmp } from "../support/qmp_server.ts";
import { makeOperation, makeTempApp } from "../support/temp_app.ts";

const RUNNING = { status: "running", running: true };

/** Stops an instance whose QEMU answers like that and is over when the conversation says so. */
async function stopped(
  conversation: (qemu: Child) => Conversation,
): Promise<{ stopped: Stopped; events: readonly Progress[] }> {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = await putInstance(paths);
  await Deno.mkdir(paths.runtime, { recursive: true });
  await using qemu = startPretendedQemu(instance.uuid);
  const place = await runPlace(paths, instance);
  await using _qmp = serveQmp(place.qmpSocket, conversation(qemu));
  const startedAt = new Date().toISOString();
  await writeRun(instanceFiles(paths, "web"), { ...place, accelerator: "tcg", startedAt });
  const { operation, events } = makeOperation();
  const options = { timeoutMs: 60_000 };
  return { stopped: await stopInstance(temp.app, "web", options, operation), events };
}

/** Answers every command after a while; `heard` is told of each. */
function conversation(delayMs: number, heard: (command: string) => void): Conversation {
  const late = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));
  return async ({ receive, send }) => {
    await late();
    await send(GREETING);
    for (let request = await receive(); request; request = await receive()) {
      await late();
      heard(request.execute);
      const reply = request.execute === "query-status" ? RUNNING : {};
      await send(`${JSON.stringify({ return: reply, id: request.id })}\r\n`);
    }
  };
}

Deno.test("a power button that a booting guest did not hear is pressed again (upstream fault 10)", async () => {
  let presses = 0;
  const { stopped: { how } } = await stopped((qemu) =>
    conversation(0, (command) => {
      if (command === "system_powerdown" && ++presses === 2) void qemu.end();
    })
  );
  deepEqual([how, presses], ["clean", 2]);
});

Deno.test("a QEMU that takes half a second for each answer is stopped all the same (upstream fault 9)", async () => {
  let pressed = false;
  const { stopped: { how }, events } = await stopped((qemu) =>
    conversation(500, (command) => {
      pressed ||= command === "system_powerdown";
      if (pressed) void qemu.end();
    })
  );
  equal(how, "clean");
  ok(pressed);
  deepEqual(events.filter(({ kind }) => kind === "warning"), []);
});
