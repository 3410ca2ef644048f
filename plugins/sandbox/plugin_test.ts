import { deepEqual, equal, rejects } from "node:assert/strict";
import { CubicError } from "../../core/errors.ts";
import { pluginFile } from "../load.ts";
import type { Plugin } from "../plugin.ts";
import { openScript } from "./plugin.ts";

/** A plugin whose `releases(ctx)` has this body. */
function withReleases(body: string): Plugin {
  const code = `export default { async releases(ctx) { ${body} }, image() {} };`;
  return openScript(pluginFile("a.js", new TextEncoder().encode(code)));
}

const context = (fetchText: (url: string) => Promise<string>) => ({
  baseUrl: "https://x",
  fetchText,
});

Deno.test("a plugin fetches several texts at once, and gets each one's own", async () => {
  const plugin = withReleases(
    `return await Promise.all(["a", "b", "c"].map((name) => ctx.fetchText(ctx.baseUrl + "/" + name)))`,
  );
  const slow: Record<string, number> = { a: 30, b: 1, c: 15 };
  const fetchText = async (url: string): Promise<string> => {
    await new Promise((done) => setTimeout(done, slow[url.slice(-1)]));
    return `text of ${url}`;
  };
  deepEqual(await plugin.releases(context(fetchText)), [
    "text of https://x/a",
    "text of https://x/b",
    "text of https://x/c",
  ]);
});

Deno.test("a plugin may catch a failed fetch and try another URL", async () => {
  const plugin = withReleases(
    `try { return await ctx.fetchText("a") } catch (error) { return [error.message, await ctx.fetchText("b")] }`,
  );
  const fetchText = (url: string): Promise<string> =>
    url === "a" ? Promise.reject(new Error("gone")) : Promise.resolve("here");
  deepEqual(await plugin.releases(context(fetchText)), ["gone", "here"]);
});

Deno.test("core's own error for a fetch comes back as it was, with its code", async () => {
  const failure = new CubicError("network", "Cannot fetch a: no way");
  const plugin = withReleases(`await ctx.fetchText("a")`);
  await rejects(
    plugin.releases(context(() => Promise.reject(failure))),
    (error) => error === failure,
  );
});

Deno.test("an answer that waits for none of its fetches leaves nothing behind", async () => {
  const late = Promise.withResolvers<string>();
  const plugin = withReleases(`ctx.fetchText("a"); return "done"`);
  equal(await plugin.releases(context(() => late.promise)), "done");
  late.resolve("too late");
  await new Promise((done) => setTimeout(done, 1));
});
