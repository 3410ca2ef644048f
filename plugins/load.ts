/** From a plugin's file to a distro whose every answer is checked. */
import { basename } from "node:path";
import { CubicError, isCubicError } from "../core/errors.ts";
import {
  type DistroFacts,
  validateDistroValue,
  validateReleases,
  validateRemoteImage,
} from "./conformance/shape.ts";
import type { Distro } from "./contract.ts";
import type { Plugin, PluginFile, PluginKind } from "./plugin.ts";

const KINDS: Readonly<Record<string, PluginKind>> = {
  ts: "ts",
  mts: "ts",
  js: "js",
  mjs: "js",
  toml: "toml",
  yaml: "yaml",
  yml: "yaml",
};

/** Bytes a plugin's file may have. */
export const MAX_PLUGIN_SIZE = 256 * 1024;

/**
 * A plugin's file from a path or URL and its content.
 * @throws CubicError "plugin-failed" when its name does not end like a plugin, or it is too large or no text.
 */
export function pluginFile(path: string, bytes: Uint8Array): PluginFile {
  const name = basename(path).replace(/[^\w.-]/g, "_").slice(-64);
  const refuse = (why: string, hint: string): never => {
    throw new CubicError("plugin-failed", `Cannot read the plugin ${name}: ${why}`, { hint });
  };
  const kind = KINDS[/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ""];
  if (kind === undefined) {
    return refuse("its name does not tell what it is", "It ends in .ts, .js, .toml or .yaml.");
  }
  if (bytes.length > MAX_PLUGIN_SIZE) {
    return refuse("it is larger than 256 K", "A plugin is one small file; is it the right one?");
  }
  try {
    return { name, kind, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return refuse("it is no UTF-8 text", "A plugin is one text file; is it the right one?");
  }
}

/**
 * Reads what a plugin says of itself, and returns it as a distro.
 * @throws CubicError "plugin-failed" naming what is wrong.
 */
export async function loadPlugin(file: PluginFile): Promise<Distro> {
  const plugin = await openPlugin(file);
  const facts = await plugin.facts();
  return bindPlugin(
    checked(file, () => validateDistroValue(facts)),
    () => Promise.resolve({ file, plugin }),
  );
}

/** A distro of known facts whose plugin is opened when it is asked something, and its answers checked. */
export function bindPlugin(
  facts: DistroFacts,
  open: () => Promise<{ readonly file: PluginFile; readonly plugin: Plugin }>,
): Distro {
  return {
    ...facts,
    async releases(ctx) {
      const { file, plugin } = await open();
      const answer = await plugin.releases(ctx);
      return checked(file, () => validateReleases(answer));
    },
    async image(ctx, request) {
      const { file, plugin } = await open();
      const answer = await plugin.image(ctx, request);
      return checked(file, () => validateRemoteImage(answer));
    },
  };
}

/** Opens a file; the machinery for its language is loaded only now. */
export async function openPlugin(file: PluginFile): Promise<Plugin> {
  if (file.kind === "ts" || file.kind === "js") {
    return (await import("./sandbox/plugin.ts")).openScript(file);
  }
  return await (await import("./declarative/plugin.ts")).openDeclared(file);
}

/** What a check returns, frozen; its complaints become errors that name the file. */
function checked<Value>({ name }: PluginFile, check: () => Value): Value {
  try {
    return freeze(check());
  } catch (error) {
    if (isCubicError(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CubicError("plugin-failed", `Cannot use the plugin ${name}: ${why}`, {
      hint: "The plugin has to be mended; docs/plugins.md has the contract.",
      cause: error,
    });
  }
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
