import { equal } from "node:assert/strict";
import { formatAge, formatMoment, formatSince } from "./moment.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

Deno.test("formatAge() has one unit, and never less than nothing", () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5 * HOUR, "0 s"],
    [59_999, "59 s"],
    [MINUTE, "1 min"],
    [HOUR - 1, "59 min"],
    [HOUR, "1 h"],
    [2 * DAY - 1, "47 h"],
    [2 * DAY, "2 days"],
    [400 * DAY, "400 days"],
  ];
  for (const [ms, text] of cases) equal(formatAge(ms), text);
});

Deno.test("formatMoment() is in the user's time zone", () => {
  const local = new Date(2026, 0, 2, 3, 4, 59);
  equal(formatMoment(local.toISOString()), "2026-01-02 03:04");
  const since = (ms: number): string => formatSince(local.toISOString(), local.getTime() + ms);
  equal(since(3 * HOUR), "2026-01-02 03:04 (3 h ago)");
  equal(since(1000), "2026-01-02 03:04 (1 s ago)");
  equal(since(999), "2026-01-02 03:04 (just now)");
  equal(since(-HOUR), "2026-01-02 03:04 (just now)");
});

Deno.test("formatMoment() leaves what is no point in time as it is", () => {
  equal(formatMoment("yesterday"), "yesterday");
  equal(formatSince("yesterday", 0), "yesterday");
});
