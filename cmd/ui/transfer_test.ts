import { equal } from "node:assert/strict";
import { describeCopy, type Report } from "./transfer.ts";

const COPY: Report = {
  ...{ files: 2, bytes: 8, milliseconds: 6800 },
  ...{ target: "web:/srv", route: "stream", warnings: [] },
};

Deno.test("describeCopy() tells how fast what is large was copied", () => {
  const large = { ...COPY, files: 1, bytes: 20 * 1024 * 1024, milliseconds: 2000 };
  equal(describeCopy(large), "Copied 20 M in 2.0 s (10\u00a0M/s) to web:/srv");
});

Deno.test("describeCopy() tells no rate of what is small", () => {
  equal(describeCopy(COPY), "Copied 2 files, 8 B in 6.8 s to web:/srv");
  equal(describeCopy({ ...COPY, planned: [] }), "Would copy 2 files, 8 B to web:/srv");
});
