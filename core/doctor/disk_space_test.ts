import { deepEqual, equal, match } from "node:assert/strict";
import { troubles } from "../../tests/support/doctor.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";
import { diskSpaceCheck, judgeSpace } from "./disk_space.ts";
import { judgeMemory } from "./memory.ts";

const GIB = 1024 ** 3;

Deno.test("the less is free, the louder the check of disk space", () => {
  const place = { what: "instances", path: "/data", least: 4 * GIB };
  const levels = [5 * GIB, 3 * GIB, 0.1 * GIB].map((free) => judgeSpace(place, free).level);
  deepEqual(levels, ["ok", "warning", "problem"]);
  match(judgeSpace(place, 0).remedy ?? "", /`cubic prune --dry-run`/);
});

Deno.test("the check of disk space sees a file system with no room at all", async () => {
  await using temp = await makeTempApp();
  // procfs has no blocks, so none that is free.
  const app = { ...temp.app, paths: { ...temp.app.paths, data: "/proc/not-there" } };
  const found = await troubles(app, diskSpaceCheck);
  equal(found.find(({ text }) => text.includes("/proc"))?.level, "problem");
});

Deno.test("the check of memory warns of a host with little, and notes one that has promised too much", () => {
  const host = { threads: 4, memory: 8 * GIB, availableMemory: 4 * GIB };
  equal(judgeMemory(host, 8 * GIB).level, "ok");
  equal(judgeMemory(host, 9 * GIB).level, "note");
  equal(judgeMemory({ ...host, availableMemory: GIB / 2 }, 0).level, "warning");
});
