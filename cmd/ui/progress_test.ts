import { doesNotMatch, equal, match, ok } from "node:assert/strict";
import {
  type BytesActivity,
  measure,
  plainBytesLine,
  renderActivity,
  smoothRate,
} from "./progress.ts";
import { textWidth } from "./text.ts";

const MIB = 1024 ** 2;

function bytes(changes: Partial<BytesActivity> = {}): BytesActivity {
  return {
    kind: "bytes",
    label: "debian:bookworm:amd64",
    done: 100 * MIB,
    total: 300 * MIB,
    rate: 50 * MIB,
    measured: { done: 0, at: 0 },
    ...changes,
  };
}

Deno.test("progress shows share, amounts, rate and time left where there is room", () => {
  equal(
    renderActivity(bytes(), 0, 200),
    "debian:bookworm:amd64  [========>               ]   33 %  100 M of 300 M  50\u00a0M/s  4.0 s left",
  );
});

Deno.test("progress gives up its bar first and its percentage last", () => {
  const at = (columns: number): string => renderActivity(bytes(), 0, columns);
  equal(
    at(80),
    "debian:bookworm:amd…  [====>       ]   33 %  100 M of 300 M  50\u00a0M/s  4.0 s left",
  );
  equal(at(60), "debian:bookworm:amd64   33 %  100 M of 300 M  50\u00a0M/s");
  equal(at(40), "debian:bookworm:amd64   33 %");
  equal(at(20), "debian:book…   33 %");
});

Deno.test("progress never is as wide as the terminal, at any width", () => {
  const labels = ["a", "debian:bookworm:amd64", "日本語のファイル名.tar.gz", "x".repeat(300)];
  for (const label of labels) {
    for (let columns = 1; columns <= 200; columns++) {
      for (const activity of [bytes({ label }), bytes({ label, total: undefined, rate: 0 })]) {
        ok(textWidth(renderActivity(activity, 0, columns)) < columns, `${label} at ${columns}`);
      }
      const step = renderActivity({ kind: "step", text: label, since: 0 }, 99_000, columns);
      ok(textWidth(step) < columns, `${label} at ${columns}`);
    }
  }
});

Deno.test("progress takes 80 columns for a terminal that says 0", () => {
  equal(renderActivity(bytes(), 0, 0), renderActivity(bytes(), 0, 80));
});

Deno.test("progress never says 100 % before all is done", () => {
  const total = 10 ** 12;
  match(renderActivity(bytes({ done: total - 1, total }), 0, 80), / 99 %/);
  match(renderActivity(bytes({ done: total, total }), 0, 80), / 100 %/);
  equal(plainBytesLine("x", 0, total - 1, total), "x: 90 % of 931 G");
});

Deno.test("progress stays at 100 % when more comes than was said", () => {
  match(renderActivity(bytes({ done: 11, total: 10 }), 0, 80), / 100 %/);
  equal(plainBytesLine("x", 5 * MIB, 20 * MIB, 10 * MIB), "x: 100 % of 10 M");
  equal(plainBytesLine("x", 20 * MIB, 30 * MIB, 10 * MIB), undefined);
});

Deno.test("progress of an unknown or empty total shows no share and no time left", () => {
  for (const total of [undefined, 0]) {
    const line = renderActivity(bytes({ total, done: 0 }), 0, 80);
    doesNotMatch(line, /%|left|NaN|Infinity/);
    equal(plainBytesLine("x", 0, 5, total), undefined);
  }
});

Deno.test("progress does not promise a time left at a standstill", () => {
  doesNotMatch(renderActivity(bytes({ rate: 0.001 }), 0, 120), /left/);
});

Deno.test("progress stays on one line and drives no terminal", () => {
  const line = renderActivity(bytes({ label: "a\nb\r\x1b[2Jc" }), 0, 120);
  ok(line.startsWith("a b [2Jc  ["), line);
  equal(plainBytesLine("a\nb\x1b[2J", 0, 8 * MIB, 8 * MIB), "a b[2J: 100 % of 8 M");
});

Deno.test("progress of a step shows a moving sign and, after a second, how long it takes", () => {
  const at = (now: number): string =>
    renderActivity({ kind: "step", text: "Starting web", since: 0 }, now, 80);
  equal(at(0), "⠋ Starting web");
  equal(at(100), "⠙ Starting web");
  equal(at(65_000), "⠋ Starting web  1 min 05 s");
});

Deno.test("plain progress says each tenth once", () => {
  const lines: string[] = [];
  for (let done = 1; done <= 1000; done++) {
    const line = plainBytesLine("x", (done - 1) * MIB, done * MIB, 1000 * MIB);
    if (line !== undefined) lines.push(line);
  }
  equal(lines.length, 10);
  equal(lines[0], "x: 10 % of 1.0 G");
  equal(lines[9], "x: 100 % of 1.0 G");
});

Deno.test("plain progress says nothing of what is small", () => {
  for (const total of [1, 3, 100_000, 8 * MIB - 1]) {
    for (const done of [1, total / 2, total - 1, total]) {
      equal(plainBytesLine("x", 0, done, total), undefined);
    }
  }
});

Deno.test("measure takes the first rate as it is and approaches later ones", () => {
  const first = measure(bytes({ rate: 0, done: MIB }), 1000) as BytesActivity;
  equal(first.rate, MIB);
  const second = measure({ ...first, done: 3 * MIB }, 2000) as BytesActivity;
  ok(second.rate > MIB && second.rate < 2 * MIB);
});

Deno.test("measure leaves a look that comes too soon alone and lets a standstill decay", () => {
  const activity = bytes({ rate: 100, measured: { done: 100 * MIB, at: 1000 } });
  equal(measure(activity, 1001), activity);
  const later = measure(activity, 11_000) as BytesActivity;
  ok(later.rate < 5);
});

Deno.test("measure takes a retry that begins anew for a standstill, not for a negative rate", () => {
  const activity = bytes({ done: 0, rate: 100, measured: { done: 1000, at: 0 } });
  const { rate } = measure(activity, 1000) as BytesActivity;
  ok(rate >= 0 && rate < 100);
});

Deno.test("smoothRate ignores a measurement that took no time", () => {
  equal(smoothRate(5, 1000, 0), 5);
});
