import { equal } from "node:assert/strict";
import { resolveImport } from "./imports.ts";

Deno.test("a plugin may import the kit, and the kit its own files", () => {
  equal(resolveImport("a.ts", "cubic:kit", "a.ts"), "cubic:kit");
  equal(resolveImport("cubic", "a.ts", "a.ts"), "a.ts");
  equal(resolveImport("cubic:kit", "./kit/json.ts", "a.ts"), "cubic:kit/json.ts");
  equal(resolveImport("cubic:kit/listing.ts", "./json.ts", "a.ts"), "cubic:kit/json.ts");
});

Deno.test("everything else is nothing", () => {
  for (
    const name of [
      "./json.ts",
      "./kit/json.ts",
      "cubic:kit/json.ts",
      "file:///a",
      "/a",
      "node:fs",
      "",
    ]
  ) {
    equal(resolveImport("a.ts", name, "a.ts"), undefined, name);
  }
  equal(resolveImport("cubic:kit", "./../contract.ts", "a.ts"), undefined);
  equal(resolveImport("cubic:kit", "a.ts", "a.ts"), undefined);
});
