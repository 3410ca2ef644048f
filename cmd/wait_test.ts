import { deepEqual } from "node:assert/strict";
import { splitAtDashes } from "./wait.ts";

Deno.test("splitAtDashes() tells names from the words of a command", () => {
  deepEqual(splitAtDashes(["web", "db"], ["wait", "web", "--for", "ssh", "db"]), {
    names: ["web", "db"],
    words: [],
  });
  deepEqual(splitAtDashes(["web", "test", "-e", "--"], ["wait", "web", "--", "test", "-e", "--"]), {
    names: ["web"],
    words: ["test", "-e", "--"],
  });
  deepEqual(splitAtDashes(["web"], ["wait", "web", "--"]), { names: ["web"], words: [] });
});
