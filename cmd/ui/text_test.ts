import { deepEqual, equal, ok } from "node:assert/strict";
import {
  clip,
  formatDuration,
  formatRate,
  jsonText,
  paint,
  printable,
  printableLine,
  textWidth,
} from "./text.ts";

Deno.test("formatDuration says durations as people do", () => {
  equal(formatDuration(0), "0.0 s");
  equal(formatDuration(840), "0.8 s");
  equal(formatDuration(9949), "9.9 s");
  equal(formatDuration(9951), "10 s");
  equal(formatDuration(59_499), "59 s");
  equal(formatDuration(59_501), "1 min 00 s");
  equal(formatDuration(185_000), "3 min 05 s");
  equal(formatDuration(3_599_600), "1 h 00 min");
  equal(formatDuration(100 * 3_600_000), "100 h 00 min");
});

Deno.test("formatRate keeps number and unit on one line", () => {
  equal(formatRate(0), "0\u00a0B/s");
  equal(formatRate(88_290_000), "84.2\u00a0M/s");
});

Deno.test("printable takes out what drives a terminal and keeps tabs and line ends", () => {
  equal(printable("a\x1b[31mb\x1b]0;title\x07c"), "a[31mb]0;titlec");
  equal(printable("a\rb\x9b2Jc\x7fd\x00e\be"), "ab2Jcdee");
  equal(printable("one\n\ttwo"), "one\n\ttwo");
  equal(printable("füllt naïve 日本 🐧"), "füllt naïve 日本 🐧");
});

Deno.test("printable takes out marks that turn the words around", () => {
  equal(printable("exe\u202egpj\u2066x\u2069"), "exegpjx");
});

Deno.test("printableLine leaves one line of a text with several", () => {
  equal(printableLine("a\r\nb\tc\x1b[2Jd"), "a b c[2Jd");
});

Deno.test("jsonText says the same with nothing in it that drives a terminal", () => {
  const value = { title: "a\x1b[2J\x7f\x9b31m\u202eb\u2066", list: ["füllt 日本"] };
  for (const indent of [undefined, 2]) {
    const text = jsonText(value, indent);
    equal(printable(text), text);
    deepEqual(JSON.parse(text), value);
  }
});

Deno.test("textWidth counts columns, not characters", () => {
  equal(textWidth(""), 0);
  equal(textWidth("abc"), 3);
  equal(textWidth("日本"), 4);
  equal(textWidth("e\u0301"), 1);
  equal(textWidth("🐧"), 2);
  equal(textWidth("⠋…"), 2);
});

Deno.test("clip never returns more than fits", () => {
  equal(clip("abc", 3), "abc");
  equal(clip("abcd", 3), "ab…");
  equal(clip("abcd", 1), "…");
  equal(clip("abcd", 0), "");
  equal(clip("abcd", -5), "");
  for (const text of ["日本語のファイル", "a日b本c", "e\u0301e\u0301e\u0301e\u0301", "🐧🐧🐧"]) {
    for (let columns = 0; columns < 20; columns++) {
      ok(textWidth(clip(text, columns)) <= columns, `${text} in ${columns}`);
    }
  }
});

Deno.test("paint writes no escape codes when colour is off", () => {
  equal(paint("x", "red", false), "x");
  equal(paint("x", "red", true), "\x1b[31mx\x1b[39m");
});
