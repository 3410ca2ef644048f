/** What install.sh wrote down: which program it installed, and where that came from. */
import { join } from "node:path";
import { readTextIfThere, writeAtomic } from "../atomic.ts";
import { CubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import { resolvePaths } from "../paths.ts";

/** One installation. */
export interface Receipt {
  /** The full path of the program. */
  readonly program: string;
  readonly version: string;
  /** Where releases are, without a slash at its end. */
  readonly releases: string;
}

/** Where the receipt is: install.sh knows nothing of CUBIC_HOME. Undefined where HOME is not set. */
export function receiptPath({ os, env }: Pick<Host, "os" | "env">): string | undefined {
  if (!env("HOME")) return undefined;
  const own = (name: string): string | undefined => name === "CUBIC_HOME" ? undefined : env(name);
  return join(resolvePaths({ os, env: own }, null).data, "install-receipt");
}

/** The receipt of this program; undefined when install.sh did not install it, or installed another one since. */
export async function receiptOf(
  host: Pick<Host, "os" | "env">,
  program: string,
): Promise<Receipt | undefined> {
  const path = receiptPath(host);
  const text = path === undefined ? undefined : await readTextIfThere(path);
  const receipt = text === undefined ? undefined : parseReceipt(text);
  if (!receipt) return undefined;
  return await realPath(receipt.program) === await realPath(program) ? receipt : undefined;
}

/** Writes down that the program is of another version now. */
export async function writeReceipt(
  host: Pick<Host, "os" | "env">,
  { program, version, releases }: Receipt,
): Promise<void> {
  const path = receiptPath(host);
  if (path === undefined) return;
  await writeAtomic(path, `program=${program}\nversion=${version}\nreleases=${releases}\n`);
}

/** Reads the text of a receipt; undefined when something is missing. */
export function parseReceipt(text: string): Receipt | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}=(.+)$`, "m").exec(text)?.[1];
  const [program, version, releases] = [field("program"), field("version"), field("releases")];
  if (!program || !version || !releases) return undefined;
  return { program, version, releases: requireTrusted(releases) };
}

/** The digests come from the same server as the program, so only TLS tells whose they are. */
function requireTrusted(releases: string): string {
  const url = URL.parse(releases);
  const loopback = url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname);
  if (url?.protocol === "https:" || loopback) return releases.replace(/\/+$/, "");
  throw new CubicError("invalid-value", `Cannot upgrade from ${releases}: only https:// will do`, {
    hint: "Install again with the install.sh of a release.",
  });
}

async function realPath(path: string): Promise<string | undefined> {
  return await Deno.realPath(path).catch(() => undefined);
}
