import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Distro, RemoteImage } from "../plugins/contract.ts";
import { debian } from "./debian.ts";
import { builtIn } from "./mod.ts";
import { ubuntu } from "./ubuntu.ts";

async function imageOf(
  distro: Distro,
  codename: string,
  arch: "amd64" | "arm64",
  pages: Record<string, string>,
): Promise<RemoteImage> {
  const ctx = {
    baseUrl: distro.baseUrl,
    async fetchText(url: string): Promise<string> {
      const fixture = pages[url];
      if (fixture === undefined) throw new Error(`unexpected URL ${url}`);
      return await Deno.readTextFile(
        new URL(`../tests/fixtures/images/${fixture}`, import.meta.url),
      );
    },
  };
  const release = (await distro.releases(ctx)).find((candidate) => candidate.codename === codename);
  assert(release);
  return await distro.image(ctx, { release, arch });
}

/** The digests of the fixtures are those of the file names. */
function digestOf(algorithm: string, name: string): string {
  return createHash(algorithm).update(name).digest("hex");
}

Deno.test("Debian's image is the genericcloud one of the SHA512SUMS", async () => {
  const base = "https://cloud.debian.org/images/cloud/bookworm/latest";
  const pages = { [`${base}/SHA512SUMS`]: "debian-bookworm-SHA512SUMS" };
  for (const arch of ["amd64", "arm64"] as const) {
    const file = `debian-12-genericcloud-${arch}.qcow2`;
    assert.deepEqual(await imageOf(debian, "bookworm", arch, pages), {
      url: `${base}/${file}`,
      format: "qcow2",
      checksum: { algorithm: "sha512", digest: digestOf("sha512", file) },
    });
  }
});

Deno.test("Ubuntu's image is the server one of the SHA256SUMS", async () => {
  const base = "https://cloud-images.ubuntu.com/releases/noble/release";
  const pages = { [`${base}/SHA256SUMS`]: "ubuntu-noble-SHA256SUMS" };
  const file = "ubuntu-24.04-server-cloudimg-arm64.img";
  assert.deepEqual(await imageOf(ubuntu, "noble", "arm64", pages), {
    url: `${base}/${file}`,
    format: "qcow2",
    checksum: { algorithm: "sha256", digest: digestOf("sha256", file) },
  });
});

Deno.test("every built-in distro has its own names, one stable release and https", async () => {
  const names = builtIn.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
  assert.equal(new Set(names).size, names.length);
  for (const distro of builtIn) {
    assert.match(distro.baseUrl, /^https:\/\/[^/]+.*[^/]$/);
    const fetchText = (): Promise<string> => Promise.reject(new Error("offline"));
    const releases = await distro.releases({ baseUrl: distro.baseUrl, fetchText });
    assert.equal(releases.filter(({ tags }) => tags?.includes("stable")).length, 1, distro.name);
    const words = releases.flatMap((
      { version, codename, tags },
    ) => [version, codename, ...(tags ?? [])]);
    assert.equal(new Set(words).size, words.length, distro.name);
  }
});
