/** A distro declared in TOML or YAML: nothing of it runs. */
import { CubicError } from "../../core/errors.ts";
import type { DistroArch, DistroContext, Release, RemoteImage, Signature } from "../contract.ts";
import { checksumOf, newest, parseChecksums } from "../kit.ts";
import type { Plugin, PluginFile } from "../plugin.ts";
import { shortened } from "../sandbox/failure.ts";
import { type Definition, readDefinition, type SignatureTemplate } from "./definition.ts";
import { fill, fitsPattern, type TemplateValues } from "./template.ts";

/** Aliases (`*name`) a YAML file may resolve to, so that ten lines do not become a billion. */
const MAX_YAML_ALIASES = 50;

/**
 * Reads the file.
 * @throws CubicError "plugin-failed" naming the line or the key that is wrong.
 */
export async function openDeclared(file: PluginFile): Promise<Plugin> {
  const definition = await readFile(file);
  return {
    facts: () => Promise.resolve(definition.facts),
    releases: () => Promise.resolve(definition.releases),
    image: (ctx, request) => imageOf(definition, ctx, request),
  };
}

async function readFile({ name, kind, text }: PluginFile): Promise<Definition> {
  try {
    return readDefinition(kind === "toml" ? await parseToml(text) : await parseYaml(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CubicError("plugin-failed", `Cannot read the plugin ${name}: ${shortened(why)}`, {
      hint: "docs/plugins.md lists the keys of a declared distro.",
      cause: error,
    });
  }
}

async function parseToml(text: string): Promise<unknown> {
  const { parse } = await import("smol-toml");
  return parse(text);
}

/** YAML 1.2 as data alone: no tags of anybody's, no keys twice. */
async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, {
    schema: "core",
    resolveKnownTags: false,
    customTags: [],
    uniqueKeys: true,
    prettyErrors: true,
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw new Error(fault.message);
  return document.toJS({ maxAliasCount: MAX_YAML_ALIASES });
}

async function imageOf(
  { image, arch: names }: Definition,
  { baseUrl, fetchText }: DistroContext,
  { release, arch }: { readonly release: Release; readonly arch: DistroArch },
): Promise<RemoteImage> {
  const values: TemplateValues = {
    base: baseUrl,
    version: release.version,
    arch: names[arch] ?? arch,
    ...(release.codename !== undefined && { codename: release.codename }),
  };
  const list = fill(image.checksums, values);
  const text = await fetchText(list);
  const found = image.file === undefined ? {} : { file: findFile(text, fill(image.file, values)) };
  const url = fill(image.url, { ...values, ...found });
  const { format, compression, firmware } = image;
  return {
    ...{ url, format },
    ...(compression && { compression }),
    ...(firmware && { firmware }),
    checksum: checksumOf(text, decodeURIComponent(url.slice(url.lastIndexOf("/") + 1))),
    ...(image.signature && { signature: signatureOf(image.signature, list, values) }),
  };
}

/** The name in the list that fits; the highest of several, as numbers count. */
function findFile(list: string, pattern: string): string {
  const names = [...parseChecksums(list).keys()].filter((name) => fitsPattern(name, pattern));
  const name = newest(names, (name) => name);
  if (name !== undefined) return name;
  throw new Error(`the checksum list has no ${pattern}`);
}

function signatureOf(
  template: SignatureTemplate,
  list: string,
  values: TemplateValues,
): Signature {
  const keys = template.keys.map(({ fingerprint, url }) => ({
    fingerprint,
    ...(url !== undefined && { url: fill(url, values) }),
  }));
  if (template.signs === "image") {
    return { signs: "image", detached: fill(template.url, values), keys };
  }
  const { url } = template;
  return {
    signs: "checksums",
    list,
    ...(url !== undefined && { detached: fill(url, values) }),
    keys,
  };
}
