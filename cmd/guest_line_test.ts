import { deepEqual, equal } from "node:assert/strict";
import { guestLine, splitAtDashes } from "./guest_line.ts";

Deno.test("splitAtDashes() tells names from the words of a command", () => {
  deepEqual(splitAtDashes(["web", "db"], ["wait", "web", "--for", "ssh", "db"]), {
    before: ["web", "db"],
    words: undefined,
  });
  deepEqual(splitAtDashes(["web", "test", "-e", "--"], ["wait", "web", "--", "test", "-e", "--"]), {
    before: ["web"],
    words: ["test", "-e", "--"],
  });
  deepEqual(splitAtDashes(["web"], ["wait", "web", "--"]), { before: ["web"], words: [] });
});

Deno.test("a single word is a line of shell, but not after the dashes", async () => {
  equal(await guestLine(["a b"], false), "a b");
  equal(await guestLine(["a b"], true), "'a b'");
  equal(await guestLine(["a b", "c"], false), "'a b' c");
});
