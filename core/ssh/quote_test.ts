import { deepEqual, equal, throws } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { quoteWord } from "../shell_word.ts";
import { quoteCommand, withEnvironment } from "./quote.ts";

const AWKWARD = [
  "",
  "plain",
  "two words",
  "it's",
  `"quoted"`,
  "$(id)",
  "`id`",
  "$HOME",
  "back\\slash",
  "new\nline",
  "tab\there",
  "*",
  "?",
  "[a]",
  "~",
  "~root",
  "-rf",
  "a;b",
  "a&b",
  "a|b",
  "#x",
  "!x",
  "=ls",
  "{a,b}",
  "é 🙂",
  "''",
];

Deno.test("quoteCommand() gives sh exactly the arguments it was given", async () => {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", quoteCommand(["printf", "%s\\0", ...AWKWARD])],
  }).output();
  deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), AWKWARD);
});

Deno.test("quoteWord() leaves plain words alone", () => {
  equal(quoteCommand(["ls", "-la", "/etc/passwd", "a=b"]), "ls -la /etc/passwd a=b");
  equal(quoteWord("=ls"), "'=ls'");
});

Deno.test("quoteWord() refuses a NUL byte", () => {
  throws(() => quoteWord("a\0b"), (error) => isCubicError(error, "invalid-value"));
});

Deno.test("withEnvironment() sets variables for the whole command", async () => {
  const environment = Object.fromEntries(AWKWARD.map((value, index) => [`V${index}`, value]));
  const script = withEnvironment(`printf '%s\\0' "$V3"; printf '%s\\0' "$V9"`, environment);
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  equal(new TextDecoder().decode(stdout), "it's\0new\nline\0");
});

Deno.test("withEnvironment() refuses names that are none", () => {
  for (const name of ["", "1A", "A-B", "A B", "A=B", "A;id", "Ä"]) {
    throws(() => withEnvironment("true", { [name]: "x" }), (e) => isCubicError(e, "invalid-value"));
  }
});
