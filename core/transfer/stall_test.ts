import { equal, rejects } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { withStallLimit } from "./stall.ts";

Deno.test("withStallLimit() never reports the total before the end", async () => {
  const events: Progress[] = [];
  const operation = {
    signal: new AbortController().signal,
    report: (e: Progress) => events.push(e),
  };
  await withStallLimit(operation, "x", (op) => {
    op.moved(5, 10);
    op.moved(10, 10);
    op.moved(0, 0);
    return Promise.resolve();
  });
  const done = events.map((event) => event.kind === "bytes" ? event.done : undefined);
  equal(done.join(), "5,9,0");
});

Deno.test("withStallLimit() ends what does not move", async () => {
  const operation = { signal: new AbortController().signal, report: () => {} };
  const hang = withStallLimit(
    operation,
    "x",
    ({ signal }) =>
      new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(new Error()))),
    20,
  );
  await rejects(hang, (error) => isCubicError(error, "transfer-failed"));
});
