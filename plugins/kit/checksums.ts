/**
 * Reading the checksum files vendors publish. The dialects are those of coreutils' sha256sum(1) with two, one or
 * "binary" blanks, BSD's digest commands, a file that is one digest, and any of them clear-signed (RFC 9580,
 * section 7).
 */
import type { Checksum } from "../contract.ts";
import { listLines } from "./armor.ts";

/** The digests of a checksum file by file name; "" names the only digest of a file that has no names. */
export type Checksums = ReadonlyMap<string, Checksum>;

const LENGTHS: Readonly<Record<Checksum["algorithm"], number>> = { sha256: 64, sha512: 128 };

/**
 * Reads a checksum file in any dialect, line by line; the kind of digest follows from its length. What is no entry
 * (comments, armor, other digests) is skipped. A name that has two different digests is left out: nobody can
 * tell which is right.
 */
export function parseChecksums(text: string): Checksums {
  const sums = new Map<string, Checksum>();
  for (const [name, checksums] of readEntries(text)) {
    const [checksum, other] = checksums;
    if (checksum && !other) sums.set(name, checksum);
  }
  return sums;
}

/**
 * The digest of one file. A list that is a single digest without a name is taken to be of that file.
 * @throws Error naming the file and what the list has instead, or that it has two digests for it.
 */
export function checksumOf(text: string, file: string): Checksum {
  const entries = readEntries(text);
  const alone = entries.size === 1 ? entries.get("") : undefined;
  const [checksum, other] = entries.get(file) ?? alone ?? [];
  if (checksum && other) {
    throw new Error(`the checksum list has two different digests for ${file}`);
  }
  if (checksum) return checksum;
  const names = [...entries.keys()].filter((name) => name !== "").slice(0, 5).join(", ");
  throw new Error(`the checksum list has no ${file}${names && ` (it has ${names} …)`}`);
}

/** Every name with its different digests. */
function readEntries(text: string): ReadonlyMap<string, readonly Checksum[]> {
  const entries = new Map<string, Checksum[]>();
  for (const line of listLines(text)) {
    const entry = gnuLine(line) ?? bsdLine(line);
    if (!entry) continue;
    const known = entries.get(entry.name) ?? [];
    if (known.some(({ digest }) => digest === entry.checksum.digest)) continue;
    entries.set(entry.name, [...known, entry.checksum]);
  }
  return entries;
}

interface Entry {
  readonly name: string;
  readonly checksum: Checksum;
}

/** `digest  name`, `digest *name` (binary mode), one space as openSUSE writes it, or a digest alone. */
function gnuLine(line: string): Entry | undefined {
  const match = /^([0-9a-f]{64}|[0-9a-f]{128})(?:[ \t]+\*?(.*\S))?\s*$/i.exec(line);
  const algorithm = match?.[1]?.length === LENGTHS.sha256 ? "sha256" : "sha512";
  return match?.[1] === undefined ? undefined : asEntry(match[2] ?? "", algorithm, match[1]);
}

/** `SHA256 (name) = digest`; the digest has to be as long as the named kind is. */
function bsdLine(line: string): Entry | undefined {
  const match = /^SHA-?(256|512) ?\((.+)\) ?= ?([0-9a-f]+)\s*$/i.exec(line);
  if (!match) return undefined;
  const [, bits, name = "", digest = ""] = match;
  const algorithm = bits === "256" ? "sha256" : "sha512";
  return digest.length === LENGTHS[algorithm] ? asEntry(name, algorithm, digest) : undefined;
}

function asEntry(name: string, algorithm: Checksum["algorithm"], digest: string): Entry {
  return { name: name.replace(/^\.\//, ""), checksum: { algorithm, digest: digest.toLowerCase() } };
}
