import { equal } from "node:assert/strict";
import { formatFraction } from "./fraction.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

Deno.test("formatFraction() has both sizes in the unit of the whole", () => {
  equal(formatFraction(4 * GIB, 100 * GIB), "4/100 G");
  equal(formatFraction(1.25 * GIB, 20 * GIB), "1.3/20 G");
  equal(formatFraction(193 * MIB, 966 * MIB), "193/966 M");
  equal(formatFraction(600 * MIB, GIB), "0.6/1 G");
  equal(formatFraction(12, 100), "12/100 B");
});

Deno.test("formatFraction() does not round what is used to nothing", () => {
  equal(formatFraction(19 * MIB, 20 * GIB), "19 M/20 G");
  equal(formatFraction(0, 20 * GIB), "0 B/20 G");
});

Deno.test("formatFraction() leaves out what is not known", () => {
  equal(formatFraction(undefined, 20 * GIB), "20 G");
  equal(formatFraction(null, GIB), "1 G");
});
