import assert from "node:assert/strict";
import { kernelArch, tagFirst } from "./releases.ts";

Deno.test("the first release gets the tags beside its own, and the list is not changed", () => {
  const releases = [
    { version: "2", tags: ["lts"], arches: ["amd64"] },
    { version: "1", arches: ["amd64"] },
  ] as const;
  const tagged = tagFirst(releases);
  assert.deepEqual(tagged[0]?.tags, ["lts", "stable", "latest"]);
  assert.equal(tagged[1]?.tags, undefined);
  assert.deepEqual(releases[0].tags, ["lts"]);
  assert.deepEqual(tagFirst(releases, ["rolling"])[0]?.tags, ["lts", "rolling"]);
  assert.deepEqual(tagFirst([]), []);
});

Deno.test("architectures have the kernel's words", () => {
  assert.equal(kernelArch("amd64"), "x86_64");
  assert.equal(kernelArch("arm64"), "aarch64");
});
