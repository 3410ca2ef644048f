import { deepEqual, equal } from "node:assert/strict";
import { logLines } from "./log_lines.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("logLines() gives each line once it is whole, however the chunks fall", () => {
  const lines = logLines();
  deepEqual(lines(bytes("on")), []);
  deepEqual(lines(bytes("e\r\n\ntw")), ["one", ""]);
  const euro = bytes("€\nthree");
  deepEqual(lines(euro.slice(0, 2)), []);
  deepEqual(lines(euro.slice(2)), ["tw€"]);
  deepEqual(lines(), ["three"]);
});

Deno.test("logLines() makes no empty line of the end", () => {
  const lines = logLines();
  deepEqual(lines(bytes("one\n")), ["one"]);
  deepEqual(lines(), []);
  deepEqual(logLines()(), []);
});

Deno.test("logLines() replaces what is no UTF-8, and cuts a line that never ends", () => {
  const lines = logLines();
  deepEqual(lines(Uint8Array.of(0x61, 0xff, 0x0a)), ["a\ufffd"]);
  const pieces = lines(bytes("x".repeat(200_000)));
  equal(pieces.length, 3);
  equal(pieces.join("").length + (lines()[0] ?? "").length, 200_000);
});
