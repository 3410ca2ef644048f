/** What instances use, as people see it. Pure. */
import type { InstanceStats } from "../../core/instances/stats.ts";
import { formatSize } from "../../core/size.ts";
import { formatFraction } from "./fraction.ts";
import { drawLines, ERASE } from "./live.ts";
import { renderTable } from "./table.ts";
import { formatDuration } from "./text.ts";

const COLUMNS = [
  { title: "NAME" },
  { title: "STATE" },
  { title: "CPU", align: "right" as const },
  { title: "HOST MEM", align: "right" as const },
  { title: "GUEST MEM", align: "right" as const },
  { title: "DISK", align: "right" as const },
  { title: "UPTIME", align: "right" as const },
];

/** The table; what is not known is left blank. */
export function renderStats(stats: readonly InstanceStats[], width = Infinity): string {
  return renderTable(COLUMNS, stats.map(row), width);
}

function row(
  { name, state, cpuPercent, memoryHost, memoryGuest, diskUsed, disk, uptime }: InstanceStats,
): string[] {
  return [
    name,
    state,
    cpuPercent === null ? "" : `${cpuPercent.toFixed(1)}%`,
    memoryHost === null ? "" : formatSize(memoryHost),
    memoryGuest === null ? "" : formatFraction(memoryGuest.used, memoryGuest.total),
    disk === null ? "" : formatFraction(diskUsed, disk),
    uptime === null ? "" : formatDuration(uptime),
  ];
}

/** As many lines as the screen has room for, the rest as a number; the cursor's own line stays free. */
export function fitRows(table: string, rows: number): string {
  const lines = table.split("\n");
  const room = (rows > 0 ? rows : 24) - 1;
  if (lines.length <= room || room < 3) return lines.slice(0, Math.max(1, room)).join("\n");
  return [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`].join("\n");
}

/** Draws the table where it was drawn before: the cursor stays where it begins, however the window changes. */
export function redraw(table: string): string {
  return ERASE + drawLines(table.split("\n"));
}

/** Draws the table for the last time, over the ^C in its first line too: the cursor goes below it. */
export function drawLast(table: string): string {
  return `${ERASE}\x1b[?7l${table.replaceAll("\n", "\r\n")}\x1b[?7h\r\n`;
}
