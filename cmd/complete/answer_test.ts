import { equal } from "node:assert/strict";
import { formatAnswer } from "./answer.ts";

Deno.test("formatAnswer has a candidate a line and what else is to be done in the last", () => {
  const candidates = [{ value: "web", description: "running" }, { value: "db" }];
  equal(formatAnswer({ candidates }), "web\trunning\ndb\t\n:");
  equal(formatAnswer({ candidates: [], files: true, open: true }), ":files,open");
});

Deno.test("formatAnswer lets nothing untrusted out of its line or at the terminal", () => {
  const candidates = [{ value: "a\nb", description: "\x1b[2J\tx\n:files" }];
  equal(formatAnswer({ candidates }), "a b\t[2J x :files\n:");
});
