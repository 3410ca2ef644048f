/** Starting a new plugin: a file that passes its check at once, and what it needs for that. */
import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { statIfThere, writeNewFile } from "../core/atomic.ts";
import { CubicError, describeFailure } from "../core/errors.ts";
import { validateDistroValue } from "./conformance/shape.ts";
import contract from "./contract.ts" with { type: "text" };
import type { PluginKind } from "./plugin.ts";
import { fixturePath } from "./registry/check.ts";
import kitTypes from "./scaffold/kit.d.ts" with { type: "text" };
import {
  EXAMPLE_VERSIONS,
  exampleBase,
  exampleImages,
  pluginTemplate,
} from "./scaffold/templates.ts";

/** What to start. */
export interface ScaffoldRequest {
  /** The distro's name. */
  readonly name: string;
  readonly kind: PluginKind;
  /** Where; the current directory when left out. */
  readonly directory?: string;
}

/** What was written, as absolute paths. */
export interface Scaffold {
  readonly plugin: string;
  /** Answers the plugin's check without a network. */
  readonly fixtures: string;
  /** Types for editors; undefined for TOML and YAML. */
  readonly types: string | undefined;
}

/**
 * Writes a new plugin, what its vendor's server would answer, and types for editors.
 * @throws CubicError "invalid-name"; "failed" when a file is there already: nothing is written then.
 */
export async function initDistro(
  { name, kind, directory = "." }: ScaffoldRequest,
): Promise<Scaffold> {
  requireName(name);
  const plugin = resolve(directory, `${name}.${kind}`);
  const fixtures = resolve(directory, `${name}.fixtures`);
  const types = kind === "ts" || kind === "js" ? resolve(directory, "cubic.d.ts") : undefined;
  for (const path of [plugin, fixtures]) {
    if (await statIfThere(path)) throw alreadyThere(path);
  }
  try {
    await writeNewFile(plugin, pluginTemplate(name, kind), 0o644);
    for (const version of EXAMPLE_VERSIONS) {
      const path = fixturePath(fixtures, `${exampleBase(name)}/${version}/SHA256SUMS`);
      await Deno.mkdir(dirname(path), { recursive: true });
      await writeNewFile(path, checksumList(name, version), 0o644);
    }
    // Shared by all plugins of a directory, and the same for all.
    if (types !== undefined && !(await statIfThere(types))) {
      await writeNewFile(types, editorTypes(), 0o644);
    }
  } catch (error) {
    throw describeFailure(`write the new plugin to ${join(directory, name)}`, error);
  }
  return { plugin, fixtures, types };
}

/** Declarations of what a plugin may import. */
export function editorTypes(): string {
  const lines = contract.trimEnd().split("\n").map((line) => line === "" ? "" : `  ${line}`);
  return `// Written by \`cubic distro init\`: what a plugin may import, for editors.\n\n` +
    `declare module "cubic:contract" {\n${lines.join("\n")}\n}\n\n${kitTypes}`;
}

function checksumList(name: string, version: string): string {
  return exampleImages(name, version)
    .map((file) => `${createHash("sha256").update(file).digest("hex")}  ${file}\n`).join("");
}

function requireName(name: string): void {
  try {
    const example = {
      contract: 1,
      title: "x",
      baseUrl: "https://x",
      hosts: [],
      guest: { minimumMemory: 1 },
    };
    validateDistroValue({ ...example, name }, "it");
  } catch (error) {
    throw new CubicError("invalid-name", `Cannot start a plugin called ${JSON.stringify(name)}`, {
      hint: "Use a word of lower-case letters, digits and hyphens that begins with a letter.",
      cause: error,
    });
  }
}

function alreadyThere(path: string): CubicError {
  return new CubicError("failed", `Cannot start a plugin: ${path} is there already`, {
    hint: "Nothing was written. Choose another name, or move it away.",
  });
}
