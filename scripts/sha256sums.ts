/** SHA256SUMS: the file that install.sh and `cubic upgrade` verify a program by, as sha256sum writes it. */
import { createHash } from "node:crypto";
import { join } from "node:path";

/** The SHA-256 of a file, in lower-case hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}

/** Writes SHA256SUMS into a directory, over the named files in it, sorted by name. */
export async function writeSums(directory: string, names: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const name of [...names].sort()) {
    lines.push(`${await sha256(join(directory, name))}  ${name}\n`);
  }
  await Deno.writeTextFile(join(directory, "SHA256SUMS"), lines.join(""));
}

/** The same for files that come to those that are listed already. */
export async function addSums(directory: string, names: readonly string[]): Promise<void> {
  const text = await Deno.readTextFile(join(directory, "SHA256SUMS")).catch(() => "");
  await writeSums(directory, [...new Set([...readSums(text).keys(), ...names])]);
}

/** The digests in the text of such a file, by file name. */
export function readSums(text: string): Map<string, string> {
  const found = text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm);
  return new Map([...found].map(([, digest = "", name = ""]) => [name, digest]));
}
