import { equal } from "node:assert/strict";
import { parseAnswer } from "./guest_path.ts";

const answer = (...fields: string[]): string => ["cubic-path", ...fields, ""].join("\0");

Deno.test("parseAnswer() reads an answer behind other output", () => {
  const found = parseAnswer(
    `Welcome!\n${answer("file", "12 755", "yes", "yes", "no", "yes", "/a\nb")}`,
  );
  equal(found?.kind, "file");
  equal(found?.size, 12);
  equal(found?.mode, 0o755);
  equal(found?.inside, true);
  equal(found?.replaceable, false);
  equal(found?.path, "/a\nb");
});

Deno.test("parseAnswer() refuses what is no answer", () => {
  equal(parseAnswer(""), undefined);
  equal(parseAnswer("This service allows sftp connections only.\n"), undefined);
  equal(parseAnswer(answer("socket", "0 0", "yes", "yes", "no", "no", "/a")), undefined);
  equal(parseAnswer(answer("file", "0 0", "yes", "yes", "no", "no", "relative")), undefined);
});
