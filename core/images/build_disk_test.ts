import assert from "node:assert/strict";
import { diskLayout } from "./build_disk.ts";

Deno.test("the disk leaves the guest a GiB, its root partition is last and everything is aligned", () => {
  const mib = 1024 * 1024;
  for (const content of [0, 100 * mib, 800 * mib, 900 * mib, 5000 * mib]) {
    const { size, espStart, espSize, rootStart, rootSize } = diskLayout(content);
    assert.equal(size % (1024 * mib), 0);
    assert.equal(espStart + espSize, rootStart);
    assert.equal(rootStart + rootSize + mib, size);
    assert(rootSize - content >= 1000 * mib);
    for (const offset of [espStart, rootStart, rootSize]) assert.equal(offset % mib, 0);
  }
});
