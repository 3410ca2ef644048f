import { equal } from "node:assert/strict";
import { touchTime } from "./preserve.ts";

Deno.test("touchTime() writes seconds since 1970 as touch reads them", () => {
  equal(touchTime(0), "197001010000.00");
  equal(touchTime(-1), "196912312359.59");
  equal(touchTime(1_600_000_001), "202009131226.41");
  equal(touchTime(2 ** 33), "224203161256.32");
});
