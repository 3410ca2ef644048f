/** The figures of `deno task bench:startup`, without starting anything. */
import { deepEqual, equal, match } from "node:assert/strict";
import { judge, summaryText } from "./bench/startup/demands.ts";
import { readMedian } from "./bench/startup/hyperfine.ts";
import { type Figure, LINES, tableText } from "./bench/startup/lines.ts";

/** Milliseconds of the rounds by line; the others were not measured. */
function figures(times: Readonly<Record<string, readonly number[]>>): Figure[] {
  return LINES.filter(({ name }) => name in times)
    .map((line) => ({ line, milliseconds: times[line.name] ?? [], memory: 50e6 }));
}

const RUN = figures({
  "empty program": [10, 20, 5],
  "--version": [20, 40, 11],
  "--help": [40, 80, 50],
  "instances, 10": [60, 120, 10],
  "completing a name": [91, 100, 190],
});

Deno.test("a start is held against the empty program's, a completion against --help", () => {
  const found = judge(RUN).map((
    { demand, measured, verdict },
  ) => [demand.limit, measured, verdict]);
  deepEqual(found, [[2, 2, "held"], [8, 6, "held"], [4, 6, "missed"], [50, 51, "missed"]]);
});

Deno.test("what was not measured is left out", () => {
  const verdicts = judge(figures({ "--version": [20] }));
  deepEqual(new Set(verdicts.map(({ verdict }) => verdict)), new Set(["left out"]));
  match(summaryText(verdicts), /^left out +6 {2}--version, by the empty program +2\.0$/m);
});

Deno.test("a table has time, ratio and memory of every line", () => {
  match(tableText(RUN), /^instances, 10 +60 +6\.0 +50 MB$/m);
  match(summaryText(judge(RUN)), /^missed +5 {2}completing a name, over --help +51 ms +50 ms$/m);
});

Deno.test("the median is read from what hyperfine exports", () => {
  equal(readMedian('{"results":[{"command":"x","median":0.0123,"times":[0.01]}]}'), 0.0123);
});
