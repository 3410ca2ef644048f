import { equal } from "node:assert/strict";
import type { InstanceStats } from "../../core/instances/stats.ts";
import { drawLast, fitRows, redraw, renderStats } from "./stats.ts";

const GIB = 1024 ** 3;
const STATS: readonly InstanceStats[] = [
  {
    ...{ name: "web", state: "running", cpuPercent: 162.49, memoryHost: 1.4 * GIB },
    ...{ memoryGuest: { used: 0.5 * GIB, total: GIB }, diskUsed: 2 * GIB, disk: 20 * GIB },
    uptime: 185_000,
  },
  {
    ...{ name: "old", state: "stopped", cpuPercent: null, memoryHost: null, memoryGuest: null },
    ...{ diskUsed: null, disk: 4 * GIB, uptime: null },
  },
];

Deno.test("renderStats() leaves blank what is not known", () => {
  equal(
    renderStats(STATS),
    "NAME   STATE        CPU   HOST MEM   GUEST MEM     DISK       UPTIME\n" +
      "web    running   162.5%      1.4 G     0.5/1 G   2/20 G   3 min 05 s\n" +
      "old    stopped                                      4 G",
  );
});

Deno.test("fitRows() keeps to the screen and counts what it leaves out", () => {
  const table = "NAME\na\nb\nc\nd";
  equal(fitRows(table, 6), table);
  equal(fitRows(table, 5), "NAME\na\nb\n… and 2 more");
  equal(fitRows(table, 0), table);
  equal(fitRows(table, 1), "NAME");
});

Deno.test("redraw() draws over what was drawn, and drawLast() ends below it", () => {
  const [erase, lines] = redraw("a\nb").split("\x1b[?7l");
  equal(erase?.includes("\x1b[J"), true);
  // Back to where it began.
  equal(lines, "a\r\nb\x1b[?7h\x1b[1A\r");
  equal(drawLast("a\nb").endsWith("\x1b[?7la\r\nb\x1b[?7h\r\n"), true);
});
