import { equal, ok } from "node:assert/strict";
import { textWidth } from "./text.ts";
import { wrapText } from "./wrap.ts";

Deno.test("wrapText breaks between words and leaves what fits alone", () => {
  equal(wrapText("one two three", 7), "one two\nthree");
  equal(wrapText("  indented  stays", 20), "  indented  stays");
  equal(wrapText("a\nb c", 1), "a\nb\nc");
});

Deno.test("wrapText counts what stands before the first line", () => {
  equal(wrapText("one two", 7, 6), "one\ntwo");
  equal(wrapText("one two", 9, 2), "one two");
});

Deno.test("wrapText keeps a command in backquotes whole", () => {
  equal(wrapText("type `cubic start web` now", 18), "type\n`cubic start web`\nnow");
});

Deno.test("wrapText leaves a word that is longer than the line, and an endless line, as they are", () => {
  equal(wrapText("abcdefgh ij", 4), "abcdefgh\nij");
  equal(wrapText("one two three", Infinity), "one two three");
});

Deno.test("wrapText never makes a longer line than the columns, whatever their number", () => {
  const text = 'Cannot start "web": another program listens on port 8080 日本語 too';
  for (let columns = 8; columns < 90; columns++) {
    for (const line of wrapText(text, columns).split("\n")) ok(textWidth(line) <= columns, line);
  }
});
