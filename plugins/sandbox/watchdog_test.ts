import { deepEqual } from "node:assert/strict";
import { type Watchdog, watchdog } from "./watchdog.ts";

/** What a watchdog with short deadlines calls until well after them. */
async function callsOf(
  answerMs: number,
  allMs: number,
  act: (watch: Watchdog) => void,
): Promise<string[]> {
  const calls: string[] = [];
  const silent = (): void => void calls.push("silent");
  const late = (): void => void calls.push("late");
  const watch = watchdog({ answerMs, allMs, silent, late });
  act(watch);
  await new Promise((done) => setTimeout(done, 60));
  watch.stop();
  return calls;
}

const HOUR = 3_600_000;

Deno.test("a worker that owes an answer and stays silent is told on", async () => {
  deepEqual(await callsOf(1, HOUR, (watch) => watch.owed()), ["silent"]);
  deepEqual(await callsOf(1, HOUR, (watch) => (watch.owed(), watch.owed(), watch.heard())), [
    "silent",
  ]);
});

Deno.test("a worker that owes nothing may be silent until all is late", async () => {
  deepEqual(await callsOf(1, HOUR, () => {}), []);
  deepEqual(await callsOf(1, HOUR, (watch) => (watch.owed(), watch.heard())), []);
  deepEqual(await callsOf(HOUR, 1, (watch) => watch.owed()), ["late"]);
});

Deno.test("after its end a watchdog is quiet, whatever still comes", async () => {
  deepEqual(await callsOf(1, 1, (watch) => (watch.stop(), watch.owed())), []);
});
