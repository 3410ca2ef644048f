import { equal, match, throws } from "node:assert/strict";
import { stripTypes } from "./strip.ts";

Deno.test("types go, and every line stays where it is", () => {
  const text =
    "import type { Distro } from 'cubic:contract';\nconst a: number = 1;\nexport default a as unknown;";
  const code = stripTypes("a.ts", text);
  equal(code.split("\n").length, 3);
  match(code, /^ +\nconst a {9}= 1;\nexport default a {11};$/);
});

Deno.test("what is no mere type is refused with its line", () => {
  for (const text of ["enum A {}", "namespace a { let b = 1 }", "import a = require('a')"]) {
    throws(
      () => stripTypes("a.ts", `\n\n${text}`),
      /^CubicError: Cannot read the plugin a\.ts:3: /,
    );
  }
});

/** Texts whose nesting is the deepest that is let through; `deno test` has a smaller stack than a program. */
const DEEP = [
  '"(".repeat(1000)',
  '"class{a=".repeat(1000)',
  '"a:".repeat(4000)',
  '"!".repeat(4000)',
];

Deno.test("the deepest nesting that is let through does not end the process", async () => {
  const module = new URL("./strip.ts", import.meta.url).href;
  const tries = DEEP.map((text) =>
    `try { stripTypes("a.ts", ${text}) } catch (error) { said.push(error.message) }`
  );
  const code = `import { stripTypes } from "${module}"; const said = []; ${
    tries.join("\n")
  }\nconsole.log(said.join())`;
  const { code: status, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stderr: "null",
  }).output();
  equal(status, 0);
  // Those that are refused for something else were parsed.
  equal(/too large/.test(new TextDecoder().decode(stdout)), false);
});

Deno.test("what is nested deeper is refused before it is parsed", () => {
  for (const sign of ["(", "[", "{", "<", "`${", "a=>", "!", "a?", "typeof ", "new "]) {
    throws(() => stripTypes("a.ts", sign.repeat(60_000)), /it is too large for TypeScript/);
  }
});
