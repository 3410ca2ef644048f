import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { DEFAULT_CONFIG, loadConfig } from "./config.ts";
import { CubicError } from "./errors.ts";
import { makeTempDir } from "../tests/support/temp_dir.ts";
import { randomTexts } from "../tests/support/random.ts";

Deno.test("loadConfig() returns the defaults when there is no file, and for an empty one", async () => {
  await using dir = await makeTempDir();
  deepEqual(await loadConfig(join(dir.path, "none.toml")), DEFAULT_CONFIG);
  deepEqual(await loadText(dir.path, ""), DEFAULT_CONFIG);
});

Deno.test("loadConfig() reads mirrors", async () => {
  await using dir = await makeTempDir();
  const config = await loadText(dir.path, '[mirror]\ndebian = "http://127.0.0.1:8000/debian"\n');
  deepEqual({ ...config.mirror }, { debian: "http://127.0.0.1:8000/debian" });
});

Deno.test("loadConfig() names file and place of what is wrong and leaves the file alone", async () => {
  await using dir = await makeTempDir();
  const cases: Readonly<Record<string, RegExp>> = {
    "[mirror\n": /line|1/,
    '[mirror]\ndebian = "no url"\n': /^mirror\.debian: /,
    '[miror]\ndebian = "http://a"\n': /^miror: /,
    'mirror = "http://a"\n': /^mirror: /,
  };
  for (const [text, details] of Object.entries(cases)) {
    const error = await loadText(dir.path, text).catch((error) => error);
    equal(error.code, "config-broken", text);
    match(error.message, /config\.toml/);
    match(error.details, details);
    equal(await Deno.readTextFile(join(dir.path, "config.toml")), text);
  }
});

Deno.test("loadConfig() throws nothing but its own errors, whatever the file holds", async () => {
  await using dir = await makeTempDir();
  for (const text of randomTexts(200, ["[mirror]", "=", '"""', "\n", "[[", "debian"])) {
    await loadText(dir.path, text).catch((error) => {
      if (!(error instanceof CubicError)) throw error;
    });
  }
  await rejects(loadConfig(dir.path), CubicError, "a directory");
});

async function loadText(dir: string, text: string): ReturnType<typeof loadConfig> {
  const path = join(dir, "config.toml");
  await Deno.writeTextFile(path, text);
  return await loadConfig(path);
}
