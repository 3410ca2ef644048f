import assert from "node:assert/strict";
import { parseQcow2Header } from "./qcow2.ts";
import { qcow2Bytes } from "../../tests/support/images.ts";

Deno.test("a header tells the size of the disk", () => {
  const header = parseQcow2Header(qcow2Bytes());
  assert.deepEqual(header, { version: 3, virtualSize: 2 * 1024 ** 3, external: false });
});

Deno.test("a backing file or an external data file shows", () => {
  const backing = qcow2Bytes();
  backing[15] = 104;
  assert.equal(parseQcow2Header(backing)?.external, true);
  const data = qcow2Bytes();
  data[79] = 4;
  assert.equal(parseQcow2Header(data)?.external, true);
});

Deno.test("other files are none", () => {
  for (const length of [0, 1, 71]) {
    assert.equal(parseQcow2Header(qcow2Bytes(128).subarray(0, length)), undefined);
  }
  assert.equal(parseQcow2Header(new Uint8Array(512)), undefined);
  for (let round = 0; round < 500; round++) {
    parseQcow2Header(crypto.getRandomValues(new Uint8Array(round % 120)));
  }
});
