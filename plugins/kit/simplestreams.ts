/**
 * Reading simplestreams, the index of Ubuntu's images (format "products:1.0",
 * https://canonical-simplestreams.readthedocs-hosted.com).
 */
import { asObject, asSize, asText, type JsonObject, readJson } from "./json.ts";
import { compareVersions } from "./versions.ts";

/** A product: one release for one architecture. */
export interface StreamProduct {
  /** "com.ubuntu.cloud:server:24.04:amd64" */
  readonly key: string;
  /** As the vendor writes it: "amd64". */
  readonly arch: string;
  /** "24.04" */
  readonly version: string;
  /** The codename: "noble". */
  readonly release: string;
  /** "24.04 LTS" */
  readonly title: string;
  /** The last day of support, as YYYY-MM-DD. */
  readonly supportEol?: string;
  readonly supported: boolean;
  /** "24.04", "noble", "lts", "default" … */
  readonly aliases: readonly string[];
  /** The builds, newest first. */
  readonly versions: readonly StreamVersion[];
}

/** A build of a product. */
export interface StreamVersion {
  /** "20260731" or "20260731.1" */
  readonly serial: string;
  readonly items: readonly StreamItem[];
}

/** A file of a build. */
export interface StreamItem {
  /** "disk1.img" */
  readonly name: string;
  readonly ftype: string;
  /** Relative to the base of the tree. */
  readonly path: string;
  /** 64 hexadecimal digits, lower case. */
  readonly sha256?: string;
  /** In bytes. */
  readonly size?: number;
}

/**
 * Reads the products of a stream, in its order. Files without a path are left out.
 * @throws Error when it is no such document, or names a product without architecture or version.
 */
export function parseSimplestreams(text: string): readonly StreamProduct[] {
  const document = asObject(readJson(text, "the simplestreams index"));
  if (document.format !== "products:1.0") {
    throw new Error('the simplestreams index is not of the format "products:1.0"');
  }
  return Object.entries(asObject(document.products))
    .map(([key, value]) => asProduct(key, asObject(value)));
}

function asProduct(key: string, value: JsonObject): StreamProduct {
  const required = (member: string): string => {
    const text = asText(value[member]);
    if (text) return text;
    throw new Error(`the simplestreams index has no "${member}" for ${key}`);
  };
  const supportEol = asText(value.support_eol);
  return {
    key,
    arch: required("arch"),
    version: required("version"),
    release: required("release"),
    title: asText(value.release_title) ?? required("version"),
    ...supportEol && { supportEol },
    supported: value.supported === true,
    aliases: asText(value.aliases)?.split(",").map((alias) => alias.trim()).filter(Boolean) ?? [],
    versions: Object.entries(asObject(value.versions))
      .map(([serial, version]) => ({ serial, items: itemsOf(asObject(version)) }))
      .sort((a, b) => compareVersions(b.serial, a.serial)),
  };
}

function itemsOf(version: JsonObject): readonly StreamItem[] {
  return Object.entries(asObject(version.items)).flatMap(([name, value]) => {
    const item = asObject(value);
    const path = asText(item.path);
    const sha256 = /^[0-9a-f]{64}$/i.exec(asText(item.sha256) ?? "")?.[0].toLowerCase();
    const size = asSize(item.size);
    const ftype = asText(item.ftype) ?? name;
    return path
      ? [{ name, ftype, path, ...sha256 && { sha256 }, ...size !== undefined && { size } }]
      : [];
  });
}
