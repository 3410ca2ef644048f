import { equal } from "node:assert/strict";
import { diffLines } from "./diff.ts";

const lines = (...text: string[]): string => text.join("\n");

Deno.test("changed lines are marked among a few that stayed", () => {
  const before = lines("1", "2", "3", "4", "5", "6", "7", "8", "9");
  const after = lines("1", "2", "3", "4", "five", "6", "7", "8", "9", "10");
  equal(
    diffLines(before, after),
    lines("  3", "  4", "- 5", "+ five", "  6", "  7", "  8", "  9", "+ 10"),
  );
});

Deno.test("what is far from a change is left out", () => {
  const middle = Array.from({ length: 20 }, (_, index) => String(index));
  equal(
    diffLines(lines("a", ...middle, "b"), lines("x", ...middle, "y")),
    lines("- a", "+ x", "  0", "  1", "  …", "  18", "  19", "- b", "+ y"),
  );
});

Deno.test("a diff leads from one text to the other", () => {
  for (let round = 0; round < 200; round++) {
    const random = (): string =>
      [...crypto.getRandomValues(new Uint8Array(round % 9))].map((n) => "abc"[n % 3]).join("\n");
    const [before, after] = [random(), random()];
    const diff = (diffLines(before, after) ?? "").split("\n");
    const side = (mark: string): string[] =>
      diff.filter((line) => line.startsWith(mark)).map((line) => line.slice(2));
    const count = (text: string, letter: string): number =>
      text.split("\n").filter((line) => line === letter).length;
    for (const letter of ["a", "b", "c"]) {
      const change = side("+ ").filter((line) => line === letter).length -
        side("- ").filter((line) => line === letter).length;
      equal(change, count(after, letter) - count(before, letter), diff.join("|"));
    }
  }
});

Deno.test("texts that differ in too many lines have no diff", () => {
  const numbers = (from: number): string =>
    Array.from({ length: 2000 }, (_, index) => String(from + index)).join("\n");
  equal(diffLines(numbers(0), numbers(10_000)), undefined);
});
