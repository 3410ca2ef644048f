/** A TypeScript or JavaScript plugin: each question to it runs in a virtual machine of its own. */
import type { Plugin, PluginFile } from "../plugin.ts";
import { SANDBOX_LIMITS, type SandboxLimits } from "./limits.ts";
import type { Call, Program } from "./messages.ts";
import type { FetchText } from "./fetches.ts";
import { askPlugin } from "./run.ts";
import { stripTypes } from "./strip.ts";

/**
 * Makes a file's program callable; nothing of it runs yet.
 * @throws CubicError "plugin-failed" when its types can't be taken away.
 */
export function openScript(
  { name, kind, text }: PluginFile,
  limits: SandboxLimits = SANDBOX_LIMITS,
): Plugin {
  const program: Program = { file: name, code: kind === "ts" ? stripTypes(name, text) : text };
  const ask = async (call: Call, fetchText: FetchText): Promise<unknown> =>
    JSON.parse(await askPlugin(program, call, fetchText, limits));
  return {
    facts: () => ask({ name: "facts" }, noFetch),
    releases: ({ baseUrl, fetchText }) => ask({ name: "releases", baseUrl }, fetchText),
    image: ({ baseUrl, fetchText }, request) => ask({ name: "image", baseUrl, request }, fetchText),
  };
}

/** While a file is only looked at it gets nothing from the network. */
function noFetch(): Promise<string> {
  return Promise.reject(new Error("nothing can be fetched while the plugin is loaded"));
}
