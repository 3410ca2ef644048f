import { deepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { isUnneeded, unneededFiles } from "./unneeded.ts";

Deno.test("source maps, types and other builds are not needed, and what is imported is", () => {
  const files = [
    "dist/node/openpgp.mjs",
    "package.json",
    "dist/node/openpgp.min.cjs",
    "dist/node/openpgp.mjs.map",
    "dist/openpgp.mjs",
    "dist/lightweight/openpgp.mjs",
    "dist/types/index.d.ts",
  ];
  deepEqual(files.filter((file) => !isUnneeded("openpgp", file)), files.slice(0, 2));
  deepEqual(isUnneeded("yaml", "dist/openpgp.js"), false);
});

Deno.test("unneededFiles finds those of the packages that the program imports", async () => {
  const files = await unneededFiles(join(import.meta.dirname ?? ".", "../../main.ts"));
  ok(files.some((file) => file.endsWith(".map")));
  ok(files.some((file) => /\/openpgp\/[^/]+\/dist\/lightweight\//.test(file)));
  for (const file of files) ok((await Deno.stat(file)).isFile, file);
});
