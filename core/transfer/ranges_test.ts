import { deepEqual, equal, ok } from "node:assert/strict";
import { parseExtents, toRanges } from "./ranges.ts";
import type { Extent } from "./tree.ts";

const K = 4096;
const extents = (...pairs: readonly (readonly [number, number])[]): Extent[] =>
  pairs.map(([offset, length]) => ({ offset, length }));

Deno.test("toRanges() aligns outwards and joins what touches then", () => {
  deepEqual(toRanges(extents([0, 1]), 9), extents([0, K]));
  deepEqual(toRanges(extents([K + 1, 5]), 9), extents([K, K]));
  deepEqual(toRanges(extents([0, 10], [K - 1, 2], [3 * K, K]), 9), extents([0, 2 * K], [3 * K, K]));
  deepEqual(toRanges([], 9), []);
});

Deno.test("toRanges() gives up the smallest holes when there are too many ranges", () => {
  const many = extents([0, K], [2 * K, K], [9 * K, K], [11 * K, K]);
  deepEqual(toRanges(many, 4), many);
  deepEqual(toRanges(many, 2), extents([0, 3 * K], [9 * K, 3 * K]));
  deepEqual(toRanges(many, 1), extents([0, 12 * K]));
});

Deno.test("toRanges() covers every byte of every extent, in order, whatever the extents are", () => {
  for (let round = 0; round < 200; round++) {
    let at = 0;
    const random = Array.from({ length: 1 + Math.floor(Math.random() * 50) }, () => {
      const offset = at + Math.floor(Math.random() * 20_000);
      const length = 1 + Math.floor(Math.random() * 20_000);
      at = offset + length + 1;
      return { offset, length };
    });
    const ranges = toRanges(random, 8);
    ok(ranges.length <= 8);
    for (const [index, range] of ranges.entries()) {
      equal(range.offset % K + range.length % K, 0);
      const before = ranges[index - 1];
      ok(!before || before.offset + before.length < range.offset + (range.length > 0 ? 1 : 0));
    }
    for (const { offset, length } of random) {
      const around = ranges.some((range) =>
        range.offset <= offset && offset + length <= range.offset + range.length
      );
      ok(around, `${offset} ${length} in ${JSON.stringify(ranges)}`);
    }
  }
});

Deno.test("parseExtents() takes what is whole and in order, and else the whole file", () => {
  const whole = extents([0, 100]);
  deepEqual(parseExtents(["0 5", "10 90", "all"], 100), extents([0, 5], [10, 90]));
  deepEqual(parseExtents(["all"], 100), []);
  deepEqual(parseExtents([], 100), whole);
  deepEqual(parseExtents(["0 5"], 100), whole);
  deepEqual(parseExtents(["10 5", "0 5", "all"], 100), whole);
  deepEqual(parseExtents(["0 101", "all"], 100), whole);
  deepEqual(parseExtents(["0 5 ; id", "all"], 100), whole);
  deepEqual(parseExtents(["-1 5", "all"], 100), whole);
});
