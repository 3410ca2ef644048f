import { deepEqual } from "node:assert/strict";
import * as kit from "../kit.ts";
import { pluginFile } from "../load.ts";
import { KIT } from "./imports.ts";
import { kitModules } from "./kit_source.ts";
import { openScript } from "./plugin.ts";

Deno.test("every file of the kit is there for plugins", async () => {
  const folder = new URL("../kit/", import.meta.url);
  const files = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => !name.endsWith("_test.ts"));
  deepEqual(
    Object.keys(kitModules()).sort(),
    [KIT, ...files.map((name) => `${KIT}/${name}`)].sort(),
  );
});

Deno.test("a plugin's kit has all that the program's has, and reads the same", async () => {
  const list = `${"ab".repeat(32)}  b.img\n`;
  const code = `import * as kit from "cubic:kit";
    export default {
      async image() {
        return { names: Object.keys(kit).sort(), sum: kit.checksumOf(${
    JSON.stringify(list)
  }, "b.img"),
          order: ["1.9", "1.10"].sort(kit.compareVersions) };
      },
      releases() {},
    };`;
  const plugin = openScript(pluginFile("a.js", new TextEncoder().encode(code)));
  const ctx = { baseUrl: "", fetchText: () => Promise.reject(new Error("offline")) };
  const request = { release: { version: "1", arches: [] }, arch: "amd64" } as const;
  deepEqual(await plugin.image(ctx, request), {
    names: Object.keys(kit).sort(),
    sum: kit.checksumOf(list, "b.img"),
    order: ["1.9", "1.10"],
  });
});
