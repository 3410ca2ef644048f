import { deepEqual, throws } from "node:assert/strict";
import { shellWords } from "./shell_words.ts";

/** What a real shell makes of it. */
async function realWords(text: string): Promise<string[]> {
  const args = ["-c", `for word in ${text}\ndo printf '%s\\0' "$word"\ndone`];
  const { stdout } = await new Deno.Command("/bin/sh", { args }).output();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

Deno.test("shellWords() splits as a shell does", async () => {
  const cases = [
    "-device virtio-gpu-pci",
    "  a  b\tc\n",
    `-drive file='/srv/a b.img',if=none "id=x y"`,
    `a'b'"c"\\ d`,
    `'' "" a''`,
    `"a\\"b\\\\c\\d" '\\'`,
    `\\'a\\"`,
    `"a\\\nb" c\\\nd`,
    `"it's" 'say "hi"'`,
    "é😀 --x=ü",
  ];
  for (const text of cases) {
    const real = await realWords(text.replace(/\n$/, ""));
    deepEqual(shellWords(text), real, text);
  }
  deepEqual(shellWords(""), []);
  deepEqual(shellWords(" \t\n"), []);
});

Deno.test("shellWords() refuses a quote that is not closed and a backslash before nothing", () => {
  for (const text of ["'a", 'a "b', `"a\\"`, "a\\", `'a"`]) {
    throws(() => shellWords(text), { code: "invalid-value" }, text);
  }
});
