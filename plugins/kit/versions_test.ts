import assert from "node:assert/strict";
import { compareVersions, newest, newestMatch } from "./versions.ts";

Deno.test("versions are ordered as people read them", () => {
  const rows = [
    ["44 Beta", "44"],
    ["3.23.4", "3.23.10"],
    ["3.23", "3.23.1"],
    ["9", "10"],
    ["9.8", "10.1"],
    ["20260926-99", "20260926-2618"],
    ["20260731", "20260731.1"],
    ["20260731.9", "20260731.10"],
    ["20260731.1", "20260801"],
    ["2023.12.20260930.0", "2023.12.20261001.0"],
    ["1.0-alpha", "1.0-beta"],
    ["1.0-beta2", "1.0-beta10"],
    ["1.0-rc1", "1.0"],
    ["99999999999999999999", "100000000000000000000"],
    ["", "0"],
    ["rolling", "1"],
  ] as const;
  for (const [older, newer] of rows) {
    assert(compareVersions(older, newer) < 0, `${older} < ${newer}`);
    assert(compareVersions(newer, older) > 0, `${newer} > ${older}`);
  }
});

Deno.test("how numbers are separated and filled with zeros counts for nothing", () => {
  for (const [a, b] of [["24.04", "24.4"], ["1-2", "1.2"], ["v3.24", "V3.24"], ["", ""]] as const) {
    assert.equal(compareVersions(a, b), 0, `${a} = ${b}`);
  }
});

Deno.test("the order is a total one", () => {
  const letters = "0129.-rb ";
  const random = (): string =>
    [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => letters[byte % letters.length])
      .join("");
  for (let round = 0; round < 3000; round++) {
    const [a, b, c] = [random(), random(), random()];
    assert.equal(compareVersions(a, a), 0);
    assert.equal(
      Math.sign(compareVersions(a, b)),
      -Math.sign(compareVersions(b, a)) + 0,
      `${a} ${b}`,
    );
    if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
      assert(compareVersions(a, c) <= 0, `${a} <= ${b} <= ${c}`);
    }
  }
});

Deno.test("the newest item is the first of those with the highest version", () => {
  const items = [{ v: "1.9", n: 1 }, { v: "1.10", n: 2 }, { v: "1.10", n: 3 }];
  assert.equal(newest(items, ({ v }) => v)?.n, 2);
  assert.equal(newest([], String), undefined);
});

Deno.test("the newest match is of a whole name, and its first group counts most", () => {
  const names = [
    "AlmaLinux-9-GenericCloud-9.8-20260526.x86_64.qcow2",
    "AlmaLinux-9-GenericCloud-9.10-20260501.x86_64.qcow2",
    "AlmaLinux-9-GenericCloud-9.10-20260501.x86_64.qcow2.asc",
    "AlmaLinux-9-GenericCloud-ext4-9.11-20260601.x86_64.qcow2",
    "AlmaLinux-9-GenericCloud-latest.x86_64.qcow2",
  ];
  const pattern = /AlmaLinux-9-GenericCloud-([\d.]+)-(\d+)\.x86_64\.qcow2/;
  assert.equal(newestMatch(names, pattern)?.[0], names[1]);
  assert.equal(newestMatch(names, /(9|10)\.8/), undefined);
});

Deno.test("the flags of a pattern and its alternatives do not change what a whole name is", () => {
  assert.equal(newestMatch(["xa", "b1", "b2", "ax", "xb3"], /a|b\d/gy)?.[0], "b2");
  assert.equal(newestMatch(["x\nb1\ny"], /b\d/m), undefined);
  assert.deepEqual(newestMatch(["img-r1", "img"], /img(?:-r(\d+))?/)?.[1], "1");
  assert.equal(newestMatch(["img-9", "img-10", "img-8"], /img-\d+/)?.[0], "img-10");
  assert.equal(newestMatch(["IMG-1"], /img-(\d)/i)?.[1], "1");
});
