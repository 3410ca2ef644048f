/** SHA-256 of files, on the host and in guests. */
import { createHash } from "node:crypto";
import { CubicError } from "../errors.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import type { Place } from "./place.ts";
import { printable } from "./printable.ts";

/** What reads names that end with NUL and prints a digest a line; GNU and busybox, BSD, macOS. */
const SCRIPT = `cd "$1" || exit 9
if command -v sha256sum >/dev/null 2>&1; then exec xargs -0 sha256sum
elif command -v shasum >/dev/null 2>&1; then exec xargs -0 shasum -a 256
else exec xargs -0 sha256 -q; fi`;

/**
 * The digests of files, in hexadecimal and in that order; paths are relative to the directory.
 * @throws CubicError "transfer-failed" when one can't be read.
 */
export async function digestsOf(
  place: Place,
  directory: string,
  paths: readonly string[],
): Promise<string[]> {
  if (paths.length === 0) return [];
  if (place.side === "guest") return await digestsInGuest(place.connection, directory, paths);
  const digests: string[] = [];
  for (const path of paths) digests.push(await digestOfFile(`${directory}/${path}`));
  return digests;
}

/** The digest of a file of the host, or of its first `length` bytes. */
export async function digestOfFile(path: string, length = Infinity): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(1024 * 1024);
  for (let left = length; left > 0;) {
    const count = await file.read(buffer.subarray(0, Math.min(buffer.length, left)));
    if (count === null) break;
    hash.update(buffer.subarray(0, count));
    left -= count;
  }
  return hash.digest("hex");
}

async function digestsInGuest(
  connection: SshConnection,
  directory: string,
  paths: readonly string[],
): Promise<string[]> {
  const process = await connection.start(quoteCommand(["sh", "-c", SCRIPT, "sh", directory]));
  const output = Promise.all([process.stdout.text(256 * 1024 * 1024), process.stderr.text()]);
  await process.write(new TextEncoder().encode(paths.map((path) => `./${path}\0`).join("")));
  process.end();
  const [stdout, stderr] = await output;
  // A backslash before the digest says that the name behind it is escaped.
  const digests = [...stdout.matchAll(/^\\?([0-9a-f]{64})(?=\s|$)/gm)].map(([, digest]) => digest!);
  if (digests.length === paths.length) return digests;
  throw new CubicError("transfer-failed", "Cannot verify: the guest could not read every file", {
    details: printable(stderr),
    hint: "sha256sum has to be installed in the guest.",
  });
}
