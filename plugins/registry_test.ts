import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { importGraph, waysFrom } from "../tests/architecture/graph.ts";

Deno.test("added distros load no package before they are asked something", async () => {
  const graph = await importGraph(join(import.meta.dirname ?? ".", ".."), "main.ts");
  for (const root of ["plugins/registry.ts", "plugins/load.ts"]) {
    const reached = [...waysFrom(root, graph, ({ kind }) => kind === "static").keys()];
    deepEqual(reached.filter((node) => node.startsWith("npm:")), [], root);
    deepEqual(reached.filter((node) => node.startsWith("plugins/sandbox/")), [], root);
  }
});
