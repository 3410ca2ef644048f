/** Where an image is to come from, as people write it: a name, a URL, or a file. Pure. */
import { basename } from "node:path";
import { CubicError } from "../errors.ts";
import type { Arch } from "../host.ts";
import { type ImageName, parseImageName } from "./name.ts";

/** What was written. */
export type ImageSource =
  | { readonly kind: "name"; readonly name: ImageName }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly path: string };

/** What disk images are called; a name of ours never ends so. */
const IMAGE_FILE = /\.(qcow2|img|raw|xz|gz|zst)$/i;

/**
 * Reads an image as written: `https://…` is a URL, what has a slash or ends like an image file is a file, everything
 * else is a name.
 * @throws CubicError "invalid-value"
 */
export function parseImageSource(text: string): ImageSource {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: "url", url: imageUrl(text) };
  if (text.includes("/") || IMAGE_FILE.test(text)) return { kind: "file", path: text };
  return { kind: "name", name: parseImageName(text) };
}

function imageUrl(text: string): string {
  const url = URL.parse(text);
  const wrong = (why: string, hint: string): CubicError =>
    new CubicError("invalid-value", `Cannot fetch an image from this URL: ${why}`, { hint });
  if (!url || !["https:", "http:"].includes(url.protocol)) {
    throw wrong("it is neither https nor http", "Write https://…, or the path of a file.");
  }
  if (url.username + url.password !== "") {
    throw wrong("it holds a password", "Download it with curl and give the file instead.");
  }
  return url.href;
}

/**
 * A lower-case SHA-256.
 * @throws CubicError "invalid-value"
 */
export function parseSha256(text: string): string {
  const digest = text.trim().toLowerCase().replace(/^sha256[:-]/, "");
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new CubicError("invalid-value", `Cannot read ${JSON.stringify(text)} as a SHA-256`, {
    hint: "It has 64 hexadecimal digits: `sha256sum FILE` prints it.",
  });
}

/** The architecture a file's name tells; undefined when it tells none. */
export function archOfFile(path: string): Arch | undefined {
  const name = basename(path).toLowerCase();
  if (/aarch64|arm64/.test(name)) return "arm64";
  return /x86[-_]64|amd64/.test(name) ? "amd64" : undefined;
}

/** The release word of an image that has no name but its file's: its letters and digits, and some of the digest. */
export function fileWord(path: string, digest: string): string {
  const stem = basename(path).replace(/(\.(qcow2|img|raw|xz|gz|zst))+$/i, "");
  const plain = stem.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  return [plain, digest.slice(0, 8)].filter((part) => part !== "").join("-");
}
