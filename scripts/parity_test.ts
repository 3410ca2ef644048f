import { deepEqual, equal, match, throws } from "node:assert/strict";
import { checkParity } from "./parity.ts";
import { parityFaults, parityPage, readRows } from "./parity/rows.ts";
import { namesIn } from "./parity/test_names.ts";

const KNOWN = new Map([["a_test.ts", namesIn('Deno.test("it works", () => {});')]]);

Deno.test("docs/parity.md is what docs/parity.toml says, and every test it names exists", async () => {
  deepEqual(await checkParity(), []);
});

Deno.test("each of upstream's 24 faults has a test here", async () => {
  const text = await Deno.readTextFile(new URL("../docs/parity.toml", import.meta.url));
  const faults = readRows(text).filter(({ area }) => area === "Upstream's faults");
  const numbers = faults.map(({ upstream }) => parseInt(upstream));
  deepEqual(numbers, Array.from({ length: 24 }, (_, index) => index + 1));
  deepEqual(faults.filter(({ tests }) => tests.length === 0), []);
});

Deno.test("parityFaults() finds a test that does not exist", () => {
  const row = { area: "A", upstream: "`x`", tests: ["a_test.ts: it works", "a_test.ts: it fails"] };
  deepEqual(parityFaults([row], KNOWN), ['`x`: there is no test "a_test.ts: it fails"']);
});

Deno.test("parityFaults() finds a row without a test or a reason", () => {
  const bare = { area: "A", upstream: "`x`", tests: [] };
  deepEqual(parityFaults([bare], KNOWN), ["`x`: it names no test and no reason"]);
  deepEqual(parityFaults([{ ...bare, open: "snapshots" }], KNOWN), []);
  deepEqual(parityFaults([{ ...bare, different: "no need" }], KNOWN), []);
});

Deno.test("namesIn() knows templates, escapes, names on a line of their own and a file's own test()", () => {
  const text = 'const WAYS = ["up", "down"];\n' +
    "Deno.test(`copies ${WAYS.map((way) => { return way; })} fast`, f);\n" +
    'Deno.test("says \\"no\\"", f);\nDeno.test(\n  "below",\n  f);\ntest("own", f);\n' +
    'Deno.test({ name: "with facts", fn });\nif (/x/.test("none")) { put({ name: "nobody" }); }';
  const names = namesIn(text);
  const known = (name: string): boolean => names.some((isName) => isName(name));
  for (const name of ["copies up fast", 'says "no"', "below", "own", "with facts"]) {
    equal(known(name), true, name);
  }
  // What a template is filled with stands in the file.
  for (const name of ["copies sideways fast", "copies up slowly", "none", "nobody", ""]) {
    equal(known(name), false, name);
  }
});

Deno.test("readRows() names the row that can't be read", () => {
  throws(() => readRows('[[row]]\narea = "A"\nupstream = "x"\n[[row]]\narea = "B"\n'), /row 2/);
});

Deno.test("parityPage() keeps a bar in a cell", () => {
  match(
    parityPage(readRows('[[row]]\narea = "A"\nupstream = "a|b"\nopen = "later"\n')),
    /\| a\\\|b \| open: later \|/,
  );
});
