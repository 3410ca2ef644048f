import assert from "node:assert/strict";
import { GROWTH, hasHelped, isWorthAnother } from "./growth.ts";

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

Deno.test("another connection is tried while each one before has helped clearly", () => {
  const worth = (...rates: number[]): boolean =>
    isWorthAnother({ rates: rates.map((rate) => rate * MiB), missing: GiB }, GROWTH);
  assert(worth(5));
  assert(worth(5, 10));
  assert(worth(5, 10, 14));
  assert(!worth(5, 10, 14, 18), "four are the most");
  assert(!worth(5, 5.5));
  assert(!worth(5, 10, 10.5));
  assert(!worth(64));
  assert(!worth(40, 70));
  assert(hasHelped([5]) && hasHelped([5, 8]) && !hasHelped([5, 5]));
});

Deno.test("a small rest is not worth another connection", () => {
  assert(!isWorthAnother({ rates: [1000], missing: 15 * MiB }, GROWTH));
});
