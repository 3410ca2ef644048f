/** A distro declared in data: the keys of its TOML or YAML file, read strictly. Pure. */
import { parseSize } from "../../core/size.ts";
import { didYouMean } from "../../core/names.ts";
import type { Read } from "../conformance/fields.ts";
import { type Fields, fieldsOf, listOf, oneOf, textLike } from "../conformance/fields.ts";
import { type DistroFacts, validateDistroValue, validateReleases } from "../conformance/shape.ts";
import type { DistroArch, Release, RemoteImage, SigningKey } from "../contract.ts";
import { placeholdersOf } from "./template.ts";

/** Where the signature is; without `url` the checksum list is clear-signed. */
export type SignatureTemplate =
  | { readonly signs: "checksums"; readonly url?: string; readonly keys: readonly SigningKey[] }
  | { readonly signs: "image"; readonly url: string; readonly keys: readonly SigningKey[] };

/** Where a declared distro's images are. */
export interface ImageTemplate extends Pick<RemoteImage, "format" | "compression" | "firmware"> {
  readonly url: string;
  /** The checksum list, or the file with the image's own digest. */
  readonly checksums: string;
  /** The pattern that finds `{file}` in the checksum list. */
  readonly file?: string;
  readonly signature?: SignatureTemplate;
}

/** A declared distro. */
export interface Definition {
  readonly facts: DistroFacts;
  readonly releases: readonly Release[];
  /** The vendor's words for architectures. */
  readonly arch: Readonly<Partial<Record<DistroArch, string>>>;
  readonly image: ImageTemplate;
}

/** Reads a definition. @throws Error naming the key that is wrong, missing or unknown. */
export function readDefinition(value: unknown): Definition {
  const { need, may } = table(value, "the file", [
    ...["contract", "name", "title", "aliases", "base-url", "hosts", "guest"],
    ...["arch", "image", "releases"],
  ]);
  const facts = validateDistroValue({
    contract: need("contract", anything),
    name: need("name", anything),
    title: need("title", anything),
    ...may("aliases", anything),
    baseUrl: need("base-url", anything),
    hosts: may("hosts", anything).hosts ?? [],
    guest: need("guest", guest),
  }, "the file");
  const releases = validateReleases(need("releases", listOf(release, 1)));
  const { arch = {} } = may("arch", archNames);
  const image = need("image", imageTemplate);
  requireCodenames(image, releases);
  return { facts, releases, arch, image };
}

const anything: Read<unknown> = (value) => value;
const word = textLike(/^[A-Za-z0-9][\w.-]*$/, "a word");

/** A template; its placeholders are checked now, its URL when it is filled. */
const template: Read<string> = (value, what) => {
  const text = textLike(/^[!-~]+$/, "a text without blanks", 1000)(value, what);
  try {
    placeholdersOf(text);
  } catch (error) {
    throw new Error(`${what} ${(error as Error).message}`);
  }
  return text;
};

const guest: Read<unknown> = (value, what) => {
  const keys = ["minimum-memory", "shell", "privilege", "rename-card"];
  const { need, may } = table(value, what, keys);
  const { "rename-card": renameCard } = may("rename-card", anything);
  return {
    minimumMemory: need("minimum-memory", size),
    ...may("shell", anything),
    ...may("privilege", anything),
    ...(renameCard !== undefined && { renameCard }),
  };
};

const size: Read<number> = (value, what) => {
  try {
    return parseSize(textLike(/^.+$/, "a size")(value, what));
  } catch {
    throw new Error(`${what} is no size such as "512M" or "1G"`);
  }
};

const release: Read<unknown> = (value, what) => {
  const keys = ["version", "codename", "tags", "end-of-life", "arches", "cpu-level"];
  const { need, may } = table(value, what, keys);
  const { "end-of-life": endOfLife } = may("end-of-life", day);
  const { "cpu-level": cpuLevel } = may("cpu-level", anything);
  return {
    version: need("version", quotedText),
    ...may("codename", quotedText),
    ...may("tags", anything),
    arches: need("arches", anything),
    ...(endOfLife !== undefined && { endOfLife }),
    ...(cpuLevel !== undefined && { cpuLevel }),
  };
};

/** Without quotes 24.10 is a number, the same as 24.1. */
const quotedText: Read<unknown> = (value, what) => {
  if (typeof value !== "number") return value;
  throw new Error(`${what} is a number; write it in quotes`);
};

/** TOML has dates of its own. */
const day: Read<unknown> = (value) =>
  value instanceof Date ? value.toISOString().slice(0, 10) : value;

const archNames: Read<Definition["arch"]> = (value, what) => {
  const { may } = table(value, what, ["amd64", "arm64"]);
  return { ...may("amd64", word), ...may("arm64", word) };
};

const imageTemplate: Read<ImageTemplate> = (value, what) => {
  const { need, may } = table(value, what, [
    ...["url", "checksums", "file", "format", "compression", "firmware", "signature"],
  ]);
  const image: ImageTemplate = {
    url: need("url", template),
    checksums: need("checksums", template),
    ...may("file", template),
    format: need("format", oneOf("qcow2", "raw")),
    ...may("compression", oneOf("gzip", "xz", "zstd")),
    ...may("firmware", oneOf("uefi", "bios")),
    ...may("signature", signature),
  };
  if (image.file === undefined && placeholdersOf(image.url).includes("file")) {
    throw new Error(`${what}: "url" has {file}, and there is no "file" to find it by`);
  }
  if (placeholdersOf(image.checksums + (image.file ?? "")).includes("file")) {
    throw new Error(`${what}: {file} may stand in "url" only`);
  }
  return image;
};

const signature: Read<SignatureTemplate> = (value, what) => {
  const { need, may } = table(value, what, ["signs", "url", "keys"]);
  const key: Read<SigningKey> = (it, name) => {
    const fields: Fields = table(it, name, ["fingerprint", "url"]);
    const { url } = fields.may("url", template);
    const fingerprint = fields.need(
      "fingerprint",
      textLike(/^[0-9A-F]{40}$/, "40 upper-case digits"),
    );
    return { fingerprint, ...(url !== undefined && { url }) };
  };
  const signs = need("signs", oneOf("checksums", "image"));
  const signers = need("keys", listOf(key, 1, 16));
  return signs === "image"
    ? { signs, url: need("url", template), keys: signers }
    : { signs, ...may("url", template), keys: signers };
};

function requireCodenames(image: ImageTemplate, releases: readonly Release[]): void {
  const uses = [image.url, image.checksums, image.file ?? ""].some((it) =>
    placeholdersOf(it).includes("codename")
  );
  const without = uses && releases.find(({ codename }) => codename === undefined);
  if (without) throw new Error(`release ${without.version} has no codename, which the image needs`);
}

/** Reads a table that has these keys at most. */
function table(value: unknown, what: string, keys: readonly string[]): Fields {
  const fields = fieldsOf(value, what);
  const unknown = Object.keys(value as object).find((key) => !keys.includes(key));
  if (unknown === undefined) return fields;
  const name = JSON.stringify(unknown.slice(0, 80));
  const near = didYouMean(unknown.slice(0, 80), keys) ?? `It may have: ${keys.join(", ")}.`;
  throw new Error(`${what} has an unknown key ${name}. ${near}`);
}
