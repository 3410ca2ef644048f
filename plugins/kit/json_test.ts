import assert from "node:assert/strict";
import { asList, asObject, asSize, asText, readJson } from "./json.ts";

Deno.test("what is no JSON is told by what it should have been", () => {
  assert.deepEqual(readJson('{"a":[1]}', "the list"), { a: [1] });
  assert.throws(() => readJson("<html>", "the list"), /^Error: the list is no JSON$/);
});

Deno.test("foreign values are taken for what they are", () => {
  for (const value of [null, undefined, "x", 1, [1]]) assert.deepEqual(asObject(value), {});
  assert.deepEqual(asObject({ a: 1 }), { a: 1 });
  for (const value of [null, undefined, "x", { length: 1 }]) assert.deepEqual(asList(value), []);
  assert.deepEqual(asList([1]), [1]);
  assert.equal(asText("x"), "x");
  assert.equal(asText(1), undefined);
});

Deno.test("sizes are read from numbers and digits, and from nothing else", () => {
  assert.equal(asSize(583729152), 583729152);
  assert.equal(asSize("583729152"), 583729152);
  for (
    const value of [-1, 1.5, NaN, Infinity, 2 ** 60, "", " 1", "1e3", "0x10", "9".repeat(30), null]
  ) {
    assert.equal(asSize(value), undefined, String(value));
  }
});
