/**
 * The contract as a check of values: what a distro says of itself, its releases and its images. Each reader returns a
 * clean copy that has the members of the contract and no others, or throws an Error that names the member. Where a
 * URL leads is not judged here.
 */
import type {
  Checksum,
  Distro,
  DistroArch,
  GuestFacts,
  Release,
  RemoteImage,
  Signature,
  SigningKey,
} from "../contract.ts";
import { bytes, fieldsOf, listOf, oneOf, quoted, textLike, yesOrNo } from "./fields.ts";

/** What a distro is, without what it does. */
export type DistroFacts = Omit<Distro, "releases" | "image">;

const name = textLike(
  /^[a-z][a-z0-9-]*$/,
  "a word of lower-case letters, digits and dashes that begins with a letter",
  32,
);
const printable = textLike(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, "text that can be printed");
const host = textLike(
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/,
  "a host name in lower case, with a port if it is not the usual one",
  260,
);
const path = textLike(/^\/[a-z0-9/._+-]*$/i, "an absolute path");
const fingerprint = textLike(/^[0-9A-F]{40}$/, "40 hexadecimal digits in upper case");
const anyArch = oneOf("amd64", "arm64");

/** Reads what a distro says of itself; its two functions are not looked at. @throws Error naming the member. */
export function validateDistroValue(value: unknown, what = "the distro"): DistroFacts {
  const { need, may } = fieldsOf(value, what);
  return {
    contract: need("contract", oneOf(1)),
    name: need("name", name),
    title: need("title", printable),
    ...may("aliases", listOf(name, 0, 16)),
    baseUrl: need("baseUrl", baseUrl),
    hosts: need("hosts", listOf(host, 0, 32)),
    guest: need("guest", guestFacts),
  };
}

/** Reads the answer of `releases`. @throws Error such as `release 3: "version" is no text`. */
export function validateReleases(value: unknown): readonly Release[] {
  if (!Array.isArray(value)) throw new Error("the answer of releases() is no list");
  if (value.length > 1000) throw new Error("releases() has more than 1000 items");
  return Array.from(value, (item, index) => validateRelease(item, `release ${index + 1}`));
}

/** Reads a release. @throws Error naming the member. */
export function validateRelease(value: unknown, what = "the release"): Release {
  const { need, may } = fieldsOf(value, what);
  return {
    version: need("version", word),
    ...may("codename", word),
    ...may("tags", listOf(word, 0, 16)),
    ...may("endOfLife", day),
    arches: need("arches", arches),
    ...may("cpuLevel", oneOf(1, 2, 3)),
  };
}

/** Reads the answer of `image`. @throws Error naming the member. */
export function validateRemoteImage(value: unknown, what = "the image"): RemoteImage {
  const { need, may } = fieldsOf(value, what);
  return {
    url: need("url", url),
    format: need("format", oneOf("qcow2", "raw")),
    ...may("compression", oneOf("gzip", "xz", "zstd")),
    checksum: need("checksum", checksum),
    ...may("size", bytes),
    ...may("build", printable),
    ...may("signature", signature),
    ...may("firmware", oneOf("uefi", "bios")),
  };
}

/** What stands in image names, which are read in lower case, and in the names of files. */
function word(value: unknown, what: string): string {
  const text = textLike(
    /^[a-z0-9][a-z0-9._-]*$/,
    "a word of lower-case letters, digits, dots, dashes and underscores",
  )(value, what);
  if (text.includes("..")) throw new Error(`${what} is ${quoted(text)}, which has ".." in it`);
  if (/^(?:amd64|x86_64|arm64|aarch64)$/.test(text)) {
    throw new Error(`${what} is "${text}", which stands for an architecture`);
  }
  return text;
}

function day(value: unknown, what: string): string {
  const text = textLike(/^\d{4}-\d{2}-\d{2}$/, "a date as YYYY-MM-DD")(value, what);
  const date = new Date(`${text}T00:00:00Z`);
  if (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)) return text;
  throw new Error(`${what} is "${text}", which is no day of the calendar`);
}

function arches(value: unknown, what: string): readonly DistroArch[] {
  const list = listOf(anyArch, 1, 2)(value, what);
  if (new Set(list).size === list.length) return list;
  throw new Error(`${what} names an architecture twice`);
}

function guestFacts(value: unknown, what: string): GuestFacts {
  const { need, may } = fieldsOf(value, what);
  return {
    minimumMemory: need("minimumMemory", bytes),
    ...may("shell", path),
    ...may("privilege", oneOf("sudo", "doas")),
    ...may("renameCard", yesOrNo),
  };
}

function checksum(value: unknown, what: string): Checksum {
  const { need } = fieldsOf(value, what);
  const algorithm = need("algorithm", oneOf("sha256", "sha512"));
  const digits = algorithm === "sha256" ? 64 : 128;
  const pattern = new RegExp(`^[0-9a-f]{${digits}}$`);
  const rule = `the ${digits} lower-case hexadecimal digits of ${algorithm}`;
  return { algorithm, digest: need("digest", textLike(pattern, rule, 128)) };
}

function signature(value: unknown, what: string): Signature {
  const { need, may } = fieldsOf(value, what);
  const keys = need("keys", listOf(signingKey, 1, 16));
  return need("signs", oneOf("checksums", "image")) === "image"
    ? { signs: "image", detached: need("detached", url), keys }
    : { signs: "checksums", list: need("list", url), ...may("detached", url), keys };
}

function signingKey(value: unknown, what: string): SigningKey {
  const { need, may } = fieldsOf(value, what);
  return { fingerprint: need("fingerprint", fingerprint), ...may("url", url) };
}

function baseUrl(value: unknown, what: string): string {
  const text = url(value, what);
  if (text.endsWith("/")) throw new Error(`${what} ends with a slash`);
  if (/[?#]/.test(text)) throw new Error(`${what} has a query`);
  return text;
}

/** https, or http where somebody else allows it; nothing that hides a place, a secret or a control character. */
function url(value: unknown, what: string): string {
  const rule = "an https URL without blanks";
  const text = textLike(/^https?:\/\/[!-~]+$/, rule, 2048)(value, what);
  const parsed = URL.parse(text);
  if (!parsed || /[\\<>"^`{|}]/.test(text)) {
    throw new Error(`${what} is ${quoted(text)}, and not ${rule}`);
  }
  if (parsed.username + parsed.password !== "") {
    throw new Error(`${what} holds a name or a password`);
  }
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(text) || parsed.hash !== "") {
    throw new Error(`${what} is ${quoted(text)}, which is not the plain path of a file`);
  }
  return text;
}
