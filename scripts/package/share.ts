/**
 * Packs man pages and completion scripts, for package managers that bring them beside the program.
 *
 *     share.ts    dist/cubic-VERSION-share.tar.gz, and its line in dist/SHA256SUMS
 *
 * Needs GNU tar.
 */
import { join } from "node:path";
import manifest from "../../deno.json" with { type: "json" };
import { addSums } from "../sha256sums.ts";
import { print } from "../terminal.ts";
import { sourceEpoch } from "./epoch.ts";
import { runPacker } from "./tree.ts";

/** What the archive is called. */
export function shareName(version: string): string {
  return `cubic-${version}-share.tar.gz`;
}

/** Packs them, so that the same files give the same bytes. */
export async function packShare(root: string, output: string, epoch: number): Promise<void> {
  await runPacker("tar", [
    ...["--sort=name", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${epoch}`],
    ...["--mode=u=rwX,go=rX", "--format=ustar", "--use-compress-program=gzip -9n"],
    ...["-cf", output, "-C", join(root, "packaging"), "completions", "man"],
  ]);
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname ?? ".", "..", "..");
  const name = shareName(manifest.version);
  await Deno.mkdir(join(root, "dist"), { recursive: true });
  await packShare(root, join(root, "dist", name), await sourceEpoch(root));
  await addSums(join(root, "dist"), [name]);
  print(`Packed ${name}`);
}

if (import.meta.main) await main();
