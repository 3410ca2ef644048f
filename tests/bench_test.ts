/** The figures of `deno task bench:transfer`, without any copying. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { DEMANDS, judge, summaryText } from "./bench/transfer/demands.ts";
import { totalCalls } from "./bench/transfer/measure.ts";
import { readSettings } from "./bench/transfer/settings.ts";
import { type CaseReport, type Line, median, ratio, tableText } from "./bench/transfer/table.ts";

function line(name: string, way: Line["way"], seconds: readonly number[]): Line {
  const costs = seconds.map((seconds) => ({ seconds, cpu: seconds / 2, memory: 90e6 }));
  return { name, way, ours: name.startsWith("cubic"), costs, syscalls: 1234 };
}

const FILE: CaseReport = {
  name: "file",
  title: "A file",
  rate: { amount: 274, unit: "MB/s" },
  lines: [
    line("cubic scp", "up", [1, 4, 2]),
    line("cubic sftp", "up", [2, 2, 2]),
    line("scp", "up", [2, 4, 8]),
    line("sftp", "up", [1, 1, 1]),
  ],
};

/** Number, word and figure of every demand that was judged. */
function judged(reports: readonly CaseReport[], failed: readonly string[] = []): unknown[] {
  return judge(reports, failed)
    .filter(({ verdict }) => verdict !== "left out")
    .map(({ demand, verdict, measured }) => [demand.number, verdict, measured]);
}

Deno.test("the median is the middle, or the mean of the two in the middle", () => {
  deepEqual([median([3, 1, 2]), median([4, 1, 3, 2]), median([5])], [2, 2.5, 5]);
  ok(Number.isNaN(median([])));
});

Deno.test("a ratio is the median over rounds, not the ratio of medians", () => {
  equal(ratio(FILE.lines[0]!, FILE.lines[2]!), 0.5);
  equal(ratio(line("a", "up", [1, 2, 30]), line("b", "up", [10, 2, 3])), 1);
});

Deno.test("a table has all figures of a line, and each of ours by it", () => {
  const [title, head, first, , third] = tableText(FILE).split("\n");
  equal(title, "A file");
  match(head!, /^ +seconds +MB\/s +CPU s +memory +syscalls +cubic scp by it +cubic sftp by it$/);
  match(first!, /^up +cubic scp +2\.00 +137 +1\.00 +90 MB +1234 +1\.00 +1\.00$/);
  match(third!, /^up +scp +4\.00 +69 +2\.00 +90 MB +1234 +0\.50 +0\.50$/);
});

Deno.test("syscalls that were not counted are not shown", () => {
  const [one] = FILE.lines;
  match(tableText({ ...FILE, lines: [{ ...one!, syscalls: NaN }] }), /90 MB +1\.00$/m);
});

Deno.test("a table without a rate has no column for it", () => {
  const { rate: _, ...report } = FILE;
  match(tableText(report), /^ +seconds {2}CPU s/m);
});

Deno.test("the demands of a run are held or missed, the others left out", () => {
  deepEqual(judged([FILE]), [
    ...[[1, "held", 0.5], [1, "held", 0.5], [5, "held", 90], [6, "missed", 2]],
  ]);
  deepEqual(judged([]), []);
});

Deno.test("a figure at its limit holds, one above it does not", () => {
  const at = (seconds: number): CaseReport => ({
    ...FILE,
    lines: [line("cubic scp", "down", [seconds]), line("scp", "down", [1])],
  });
  deepEqual(judged([at(1)])[0], [1, "held", 1]);
  deepEqual(judged([at(1.01)])[0], [1, "missed", 1.01]);
});

Deno.test("the demands of a case that failed are failed, those of a guest's both", () => {
  const words = judged([], ["guest"]);
  deepEqual([words.length, new Set(words.map((word) => JSON.stringify(word))).size], [6, 2]);
  match(summaryText(judge([], ["tree"])), /^failed +3 {2}tree up: .* 1\.20$/m);
});

Deno.test("every number of the issue has a demand", () => {
  deepEqual([...new Set(DEMANDS.map(({ number }) => number))], [1, 2, 3, 4, 5, 6]);
});

Deno.test("the sum of strace's table is read, with errors and without", () => {
  const row = " 99.00    0.005000          17       300           read\n";
  equal(totalCalls(`${row}100.00    0.005586          17       324        55 total\n`), 324);
  equal(totalCalls(`${row}100.00    0.005586          17       325           total\n`), 325);
  ok(Number.isNaN(totalCalls(row)));
});

Deno.test("the settings of the bench are read, or refused by name", () => {
  const read = (env: Record<string, string>) => readSettings((name) => env[name]);
  deepEqual(read({ CUBIC_BENCH_CASES: "tree,file" }).cases, ["file", "tree"]);
  deepEqual([read({}).rounds(3), read({ CUBIC_BENCH_ROUNDS: "7" }).rounds(3)], [3, 7]);
  deepEqual([read({}).guest, read({ CUBIC_BENCH_GUEST: "0" }).guest], [undefined, undefined]);
  throws(() => read({ CUBIC_BENCH_CASES: "trees" }), /Cannot measure "trees": the cases are start/);
  throws(() => read({ CUBIC_BENCH_BYTES: "1GB" }), /Cannot use CUBIC_BENCH_BYTES=1GB/);
});
