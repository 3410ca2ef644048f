import { deepEqual, equal, throws } from "node:assert/strict";
import { formatCast, parseCast } from "./cast.ts";

const CAST = {
  ...{ width: 80, height: 24 },
  events: [{ time: 0, text: "$ " }, { time: 1.25, text: "\x1b[1mé\r\n" }],
};

Deno.test("formatCast() writes asciicast v2: a header, and a line for each event", () => {
  const [header, ...lines] = formatCast(CAST).trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual([header.version, header.width, header.height], [2, 80, 24]);
  deepEqual(lines, [[0, "o", "$ "], [1.25, "o", "\x1b[1mé\r\n"]]);
});

Deno.test("parseCast() reads what formatCast() wrote, and passes over input", () => {
  deepEqual(parseCast(formatCast(CAST)), CAST);
  equal(parseCast(formatCast(CAST) + '[2, "i", "q"]\n').events.length, 2);
  throws(() => parseCast('{"version": 1}'), /no asciicast v2/);
});
