import { deepEqual, equal } from "node:assert/strict";
import { compareVersions } from "./version.ts";

Deno.test("compareVersions orders as semver.org, 11, has it", () => {
  const ordered = [
    ...["0.1.0", "0.2.0", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta"],
    ...["1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "2.0.0"],
  ];
  deepEqual([...ordered].reverse().sort(compareVersions), ordered);
  equal(compareVersions("1.2.3", "1.2.3+build"), 0);
});
