/** An added distro's file, used only while it is the one that was looked at when it was added. */
import { createHash } from "node:crypto";
import { CubicError } from "../../core/errors.ts";
import type { Paths } from "../../core/paths.ts";
import { MAX_PLUGIN_SIZE, pluginFile } from "../load.ts";
import type { PluginFile } from "../plugin.ts";
import { entryFile, readRegistry, type RegistryEntry } from "./entry.ts";

/** The SHA-256 of a plugin's file, in lower-case hexadecimal. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Makes sure that an added distro's file is the one that was added.
 * @throws CubicError "plugin-failed" when it is not.
 */
export async function requirePinned(paths: Pick<Paths, "distros">, name: string): Promise<void> {
  const entry = (await readRegistry(paths)).find(({ facts }) => facts.name === name);
  if (entry) await readPinned(paths, entry);
}

/**
 * Reads the file of an added distro and checks it against its pinned digest.
 * @throws CubicError "plugin-failed" when it is gone or was changed.
 */
export async function readPinned(
  paths: Pick<Paths, "distros">,
  entry: RegistryEntry,
): Promise<PluginFile> {
  const path = entryFile(paths, entry);
  const { name } = entry.facts;
  const refuse = (why: string, cause?: unknown): never => {
    throw new CubicError("plugin-failed", `Cannot use the distribution "${name}": ${why}`, {
      hint: `\`cubic distro update ${name}\` reads it anew from ${entry.source}, and asks; ` +
        `\`cubic distro remove ${name}\` forgets it.`,
      cause,
    });
  };
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile || size > MAX_PLUGIN_SIZE) return refuse(`${path} is not the file that was added`);
    const bytes = await Deno.readFile(path);
    if (digestOf(bytes) !== entry.digest) return refuse(`${path} was changed since it was added`);
    return pluginFile(entry.file, bytes);
  } catch (error) {
    if (error instanceof CubicError) throw error;
    return refuse(`${path} can't be read`, error);
  }
}
