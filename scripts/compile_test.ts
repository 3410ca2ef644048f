import { deepEqual, equal } from "node:assert/strict";
import { compileArgs } from "./compile.ts";

Deno.test("compileArgs names the target only when there is one", () => {
  const here = compileArgs({ root: "/src", output: "/out/cubic" });
  equal(here.includes("--target"), false);
  deepEqual(here.slice(-3), ["--output", "/out/cubic", "/src/main.ts"]);
  const there = compileArgs({ root: "/src", output: "/out/cubic", target: "aarch64-apple-darwin" });
  deepEqual(there.slice(-3), ["--target", "aarch64-apple-darwin", "/src/main.ts"]);
});
