import assert from "node:assert/strict";
import { addRange, countBytes, frontierOf, gapsOf, type Range } from "./ranges.ts";

const range = (start: number, end: number): Range => ({ start, end });

Deno.test("ranges that touch or overlap become one, and stay sorted", () => {
  const added = [
    range(10, 20),
    range(0, 5),
    range(30, 40),
    range(20, 25),
    range(4, 12),
    range(7, 7),
  ]
    .reduce<readonly Range[]>(addRange, []);
  assert.deepEqual(added, [range(0, 25), range(30, 40)]);
  assert.equal(countBytes(added), 35);
});

Deno.test("gaps and ranges together are the file", () => {
  const ranges = [range(5, 10), range(20, 30)];
  assert.deepEqual(gapsOf(ranges, 40), [range(0, 5), range(10, 20), range(30, 40)]);
  assert.deepEqual(gapsOf(ranges, 25), [range(0, 5), range(10, 20)]);
  assert.deepEqual(gapsOf([], 3), [range(0, 3)]);
  assert.deepEqual(gapsOf([range(0, 3)], 3), []);
});

Deno.test("the frontier is where the first hole begins", () => {
  assert.equal(frontierOf([range(0, 7), range(8, 9)]), 7);
  assert.equal(frontierOf([range(1, 7)]), 0);
  assert.equal(frontierOf([]), 0);
});
