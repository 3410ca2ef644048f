import { equal, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { makeRandom } from "../../tests/support/random.ts";
import { makeExcluder } from "./exclude.ts";
import { globToRegExp, hasGlob } from "./glob.ts";

Deno.test("globToRegExp() matches as a shell does", () => {
  const cases: readonly (readonly [pattern: string, yes: string[], no: string[]])[] = [
    ["*.gz", ["a.gz", ".gz", "a b.gz", "é\n.gz"], ["a.gzip", "a/b.gz"]],
    ["a?c", ["abc", "a.c", "a🙂c"], ["ac", "abbc", "a/c"]],
    ["[a-c]x", ["ax", "bx"], ["dx", "x"]],
    ["[!a-c]x", ["dx", "-x"], ["ax", "/x"]],
    ["[]x]", ["]", "x"], ["a"]],
    ["[a", ["[a"], ["a"]],
    ["[z-a]", ["[z-a]"], ["z"]],
    ["\\*", ["*"], ["a", "\\*"]],
    ["a.b", ["a.b"], ["axb"]],
    ["$(id)", ["$(id)"], ["id"]],
    ["**/x", ["x", "a/x", "a/b/x"], ["ax"]],
    ["a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]],
  ];
  for (const [pattern, yes, no] of cases) {
    for (const name of yes) equal(globToRegExp(pattern).test(name), true, `${pattern} ${name}`);
    for (const name of no) equal(globToRegExp(pattern).test(name), false, `${pattern} ${name}`);
  }
});

Deno.test("globToRegExp() takes any text, and a text without pattern characters matches itself", () => {
  const random = makeRandom(7);
  const pieces = [..."ab*?[]!^-\\.+(){}|$/&~", "é", "🙂", "\n"];
  for (let index = 0; index < 5000; index++) {
    const text = Array.from(
      { length: random() * 10 },
      () => pieces[Math.floor(random() * pieces.length)],
    ).join("");
    const expression = globToRegExp(text);
    if (!hasGlob(text) && !text.includes("\\")) equal(expression.test(text), true, text);
  }
});

Deno.test("makeExcluder() follows the rules of gitignore that it has", () => {
  const excluded = makeExcluder(["*.o", "/build", "docs/*.pdf", "cache/", "**/tmp/x"]);
  const cases: readonly (readonly [path: string, isDirectory: boolean, out: boolean])[] = [
    ["a.o", false, true],
    ["src/a.o", false, true],
    ["build", true, true],
    ["src/build", true, false],
    ["docs/a.pdf", false, true],
    ["docs/sub/a.pdf", false, false],
    ["cache", true, true],
    ["src/cache", true, true],
    ["cache", false, false],
    ["a/b/tmp/x", false, true],
    ["src/a.c", false, false],
  ];
  for (const [path, isDirectory, out] of cases) equal(excluded(path, isDirectory), out, path);
  for (const pattern of ["", "/", "!a"]) {
    throws(() => makeExcluder([pattern]), (error) => isCubicError(error, "usage"));
  }
});
