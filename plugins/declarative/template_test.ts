import { deepEqual, equal, throws } from "node:assert/strict";
import { fill, fitsPattern, placeholdersOf } from "./template.ts";

Deno.test("a template is filled, and what is missing is named", () => {
  const values = { base: "https://x", version: "1.0", arch: "x86_64" };
  equal(fill("{base}/{version}/a-{version}-{arch}.img", values), "https://x/1.0/a-1.0-x86_64.img");
  throws(() => fill("{base}/{codename}", values), /needs a codename, and there is none/);
  // What a value holds is no template.
  equal(fill("{base}", { base: "{version}" }), "{version}");
});

Deno.test("placeholders that there are not are refused", () => {
  deepEqual(placeholdersOf("{base}/{file}"), ["base", "file"]);
  for (const text of ["{home}", "{}", "{constructor}", "{__proto__}"]) {
    throws(() => placeholdersOf(text), /has \{.*\}, and not one of \{base\}/);
  }
  for (const text of ["{base", "base}", "{{base}}"]) {
    throws(() => placeholdersOf(text), /a brace on its own/);
  }
});

Deno.test("a star stands for any characters", () => {
  const fitting = [["a", "a"], ["a-1.img", "a-*.img"], ["a-.img", "a-*.img"], ["abcbc", "*bc"], [
    "axbyc",
    "a*b*c",
  ]];
  for (const [name = "", pattern = ""] of fitting) equal(fitsPattern(name, pattern), true, pattern);
  const others = [["b", "a"], ["a.img", "a-*.img"], ["aba", "ab*ba"], ["axc", "a*b*c"], [
    "xa",
    "a*",
  ]];
  for (const [name = "", pattern = ""] of others) equal(fitsPattern(name, pattern), false, pattern);
});

Deno.test("a pattern of stars takes no longer than it is", () => {
  equal(fitsPattern("a".repeat(100_000), `${"*a".repeat(1000)}*b`), false);
});
