import { equal } from "node:assert/strict";
import { percentOf } from "./convert.ts";

Deno.test("qemu-img's progress is read, and nothing else is taken for it", () => {
  equal(percentOf("    (12.34/100%)"), 12.34);
  equal(percentOf("    (100.00/100%)"), 100);
  equal(percentOf("qemu-img: error while writing at byte 0: (1.00/100%)"), undefined);
  equal(percentOf(""), undefined);
});
