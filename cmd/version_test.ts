import { equal } from "node:assert/strict";
import { readCommit, VERSION, versionLine } from "./version.ts";

Deno.test("versionLine has the commit in brackets, and none where the program is not compiled", () => {
  equal(versionLine("abc1234"), `cubic ${VERSION} (abc1234)`);
  equal(versionLine(), `cubic ${VERSION}`);
});

Deno.test("readCommit takes what git calls a commit and nothing else", () => {
  equal(readCommit('{"commit":"abc1234"}'), "abc1234");
  equal(readCommit('{"commit":"abc1234-dirty"}'), "abc1234-dirty");
  for (const text of ["{}", '{"commit":null}', '{"commit":"\\u001b[2J"}', '{"commit":"main"}']) {
    equal(readCommit(text), undefined, text);
  }
});
