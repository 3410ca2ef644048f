/** For the tests of images: an App in a temporary directory, and a distro whose files a test serves. */
import { join } from "node:path";
import type { App } from "../../core/app.ts";
import { realHost } from "../../core/host.ts";
import { resolvePaths } from "../../core/paths.ts";
import type { Operation, Progress } from "../../core/progress.ts";
import type { Distro, Release } from "../../plugins/contract.ts";
import { checksumOf } from "../../plugins/kit.ts";

const both = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  { version: "13", codename: "trixie", tags: ["stable"], arches: both },
  { version: "12", codename: "bookworm", tags: ["oldstable"], arches: both },
  { version: "11", codename: "bullseye", arches: ["amd64"] },
];

/** One distro, laid out like Debian's. */
export const builtInForTests: readonly Distro[] = [{
  contract: 1,
  name: "debian",
  title: "Debian",
  aliases: ["deb"],
  baseUrl: "https://images.invalid/cloud",
  hosts: [],
  guest: { minimumMemory: 1 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release, arch }) {
    const file = `debian-${release.version}-${arch}.qcow2`;
    const url = `${baseUrl}/${file}`;
    const checksum = checksumOf(await fetchText(`${baseUrl}/SHA256SUMS`), file);
    return { url, format: "qcow2", checksum };
  },
}];

/** An App whose files are in a temporary directory that goes with it. */
export async function testApp(
  parts: Partial<App> = {},
): Promise<App & AsyncDisposable & { readonly dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "cubic-images-" });
  const env = (name: string): string | undefined =>
    name === "CUBIC_HOME" ? join(dir, "home") : undefined;
  const host = { ...realHost(), arch: "amd64" as const };
  return {
    host,
    paths: resolvePaths({ os: host.os, env }, 0),
    config: { mirror: {} },
    distros: builtInForTests,
    dir,
    ...parts,
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** An operation that keeps what it was told. */
export function recorded(
  signal = new AbortController().signal,
): Operation & { events: Progress[] } {
  const events: Progress[] = [];
  return { signal, events, report: (event) => void events.push(event) };
}

/** The bytes of a small qcow2 file as far as anyone here reads it; `fill` tells two apart. */
export function qcow2Bytes(length = 4096, fill = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length).fill(fill);
  const view = new DataView(bytes.buffer);
  bytes.fill(0, 0, 104);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 3);
  view.setBigUint64(24, 2n * 1024n ** 3n);
  return bytes;
}
