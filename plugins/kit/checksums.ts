/**
 * Reading the checksum files vendors publish. The dialects are those of coreutils' md5sum(1) family, BSD's digest
 * commands, and a file that is one digest.
 */
import type { Checksum } from "../contract.ts";

/** The digests of a checksum file by file name; "" names the only digest of a file that has no names. */
export type Checksums = ReadonlyMap<string, Checksum>;

const ALGORITHMS: Readonly<Record<number, Checksum["algorithm"]>> = { 64: "sha256", 128: "sha512" };

/**
 * Reads a checksum file in any dialect, line by line; the kind of digest follows from its length. Lines that are
 * none (comments, PGP armour, other digests) are skipped. The last line of a name wins.
 */
export function parseChecksums(text: string): Checksums {
  const sums = new Map<string, Checksum>();
  for (const line of text.split(/\r?\n/)) {
    const entry = gnuLine(line) ?? bsdLine(line);
    const checksum = entry && asChecksum(entry.digest);
    if (entry && checksum) sums.set(entry.name, checksum);
  }
  return sums;
}

/**
 * The digest of one file.
 * @throws Error naming the file and what the list has instead.
 */
export function checksumOf(text: string, file: string): Checksum {
  const sums = parseChecksums(text);
  const checksum = sums.get(file) ?? (sums.size === 1 ? sums.get("") : undefined);
  if (checksum) return checksum;
  const names = [...sums.keys()].slice(0, 5).join(", ");
  throw new Error(`the checksum list has no ${file}${names && ` (it has ${names} …)`}`);
}

interface Line {
  readonly name: string;
  readonly digest: string;
}

/** `digest  name`, `digest *name` (binary mode), one space as openSUSE writes it, or a digest alone. */
function gnuLine(line: string): Line | undefined {
  const match = /^([0-9a-f]+)(?:[ \t]+\*?(.*\S))?\s*$/i.exec(line);
  return match?.[1] === undefined ? undefined : { digest: match[1], name: plain(match[2] ?? "") };
}

/** `SHA256 (name) = digest` */
function bsdLine(line: string): Line | undefined {
  const match = /^SHA-?(?:256|512) ?\((.+)\) ?= ?([0-9a-f]+)\s*$/i.exec(line);
  return match?.[1] === undefined ? undefined : { digest: match[2] ?? "", name: plain(match[1]) };
}

function plain(name: string): string {
  return name.replace(/^\.\//, "");
}

function asChecksum(digest: string): Checksum | undefined {
  const algorithm = ALGORITHMS[digest.length];
  return algorithm && { algorithm, digest: digest.toLowerCase() };
}
