import { deepEqual } from "node:assert/strict";
import type { InstanceStatus } from "./inspect.ts";
import { pendingChanges } from "./pending.ts";

const NOW = { cpus: 2, memory: 1024, isolate: false };

function running(startedAs?: typeof NOW): InstanceStatus {
  return {
    state: "running",
    running: {
      process: { pid: 1, started: "1" },
      accelerator: "tcg",
      startedAt: "2025-01-02T03:04:05.000Z",
      ...(startedAs && { startedAs }),
      qmpSocket: "/q",
      consoleSocket: "/c",
    },
  };
}

Deno.test("pendingChanges() names what the running machine has not got yet", () => {
  deepEqual(pendingChanges(NOW, running(NOW)), []);
  const before = { cpus: 1, memory: 1024, isolate: true };
  deepEqual(pendingChanges(NOW, running(before)), ["cpus", "isolate"]);
});

Deno.test("pendingChanges() names nothing of what is stopped or was started by an older version", () => {
  deepEqual(pendingChanges(NOW, { state: "stopped" }), []);
  deepEqual(pendingChanges(NOW, running()), []);
});
