import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { InstanceStats, Measurement } from "./stats.ts";
import { statsBetween, uptimeMs, watchStats } from "./stats.ts";
import { pretendGuest } from "../../tests/support/pretended_guest.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

const BEFORE: Measurement = {
  ...{ name: "web", state: "running", memoryHost: 1, memoryGuest: null, diskUsed: 2, disk: 3 },
  ...{ uptime: 4, pid: 7, cpu: 10, at: 1000 },
};

Deno.test("statsBetween() gives the share of one processor", () => {
  const now = { ...BEFORE, cpu: 13, at: 3000 };
  deepEqual(statsBetween(BEFORE, now), {
    ...{ name: "web", state: "running", cpuPercent: 150, memoryHost: 1, memoryGuest: null },
    ...{ diskUsed: 2, disk: 3, uptime: 4 },
  });
});

Deno.test("statsBetween() does not know the share of a QEMU that was not there before", () => {
  const now = { ...BEFORE, cpu: 13, at: 3000 };
  equal(statsBetween(undefined, now).cpuPercent, null);
  equal(statsBetween({ ...BEFORE, pid: 6 }, now).cpuPercent, null);
  equal(statsBetween(BEFORE, { ...now, cpu: undefined }).cpuPercent, null);
  equal(statsBetween(BEFORE, { ...now, at: 1000 }).cpuPercent, null);
});

Deno.test("uptimeMs() is never negative", () => {
  equal(uptimeMs("2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1, 0, 0, 5)), 5000);
  equal(uptimeMs("2026-01-01T00:00:00.000Z", Date.UTC(2025, 0, 1)), 0);
});

Deno.test("watchStats() shows those that run, or those that are named, in one shape", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const asked: string[] = [];
  const answer = (command: string): unknown => {
    asked.push(command);
    if (command === "query-status") return { status: "running", running: true };
    if (command === "qom-list") return [{ name: "device[3]", type: "child<virtio-balloon-pci>" }];
    if (command !== "qom-get") return {};
    const stats = { "stat-total-memory": 1000, "stat-available-memory": 400 };
    return { "last-update": Math.floor(Date.now() / 1000), stats };
  };
  await using guest = await pretendGuest(app, { answer });
  await putInstance(app.paths, { name: "old", disk: 5 });
  const once = async (names: readonly string[]): Promise<InstanceStats[]> => {
    for await (
      const stats of watchStats(app, { names, intervalMs: 100 }, AbortSignal.timeout(60_000))
    ) return stats;
    throw new Error("no measurement");
  };
  const [web, ...others] = await once([]);
  deepEqual(others, []);
  deepEqual([web?.name, web?.state, web?.disk], ["web", "running", guest.instance.disk]);
  deepEqual(web?.memoryGuest, { used: 600, total: 1000 });
  ok(web!.memoryHost! > 0 && web!.cpuPercent! >= 0 && web!.uptime! >= 0);
  // The guest is left alone afterwards.
  equal(asked.at(-1), "qom-set");
  deepEqual(await once(["old"]), [{
    ...{ name: "old", state: "stopped", cpuPercent: null, memoryHost: null, memoryGuest: null },
    ...{ diskUsed: null, disk: 5, uptime: null },
  }]);
  await rejects(once(["none"]), { code: "instance-not-found" });
});
