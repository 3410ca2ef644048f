import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import { catalogue, type CatalogueRequest } from "./catalogue.ts";
import { addImage } from "./store.ts";
import { builtInForTests, qcow2Bytes, recorded, testApp } from "../../tests/support/images.ts";

const debian = builtInForTests[0]!;

async function names(app: App, request: Partial<CatalogueRequest> = {}): Promise<string[]> {
  const { entries } = await catalogue(app, { distros: [], all: false, ...request }, recorded());
  return entries.map(({ name, stored }) => stored ? `${name} *` : name);
}

async function store(app: App & { readonly dir: string }, name: string): Promise<void> {
  const [distro = "", release = "", arch] = name.split(":");
  const bytes = qcow2Bytes(4096, name.length);
  const file = join(app.dir, "incoming");
  await Deno.writeFile(file, bytes);
  await addImage(app.paths, {
    file,
    checksum: { algorithm: "sha256", digest: createHash("sha256").update(bytes).digest("hex") },
    facts: {
      names: [name],
      ...{ distro, release, version: release, arch: arch === "arm64" ? "arm64" : "amd64" },
      ...{ source: "built", verified: "built" },
    },
    now: 1,
  });
}

Deno.test("what fits this host and is supported is listed, and everything that is stored", async () => {
  const releases = await debian.releases({ baseUrl: "", fetchText: () => Promise.reject() });
  const ended = releases.map((release) =>
    release.version === "11" ? { ...release, endOfLife: "2020-01-01" } : release
  );
  const distros = [{ ...debian, releases: () => Promise.resolve(ended) }];
  await using app = await testApp({ distros });
  assert.deepEqual(await names(app), ["debian:trixie:amd64", "debian:bookworm:amd64"]);
  await store(app, "debian:bullseye:amd64");
  await store(app, "debian:trixie:arm64");
  await store(app, "mine:1.0:amd64");
  assert.deepEqual(await names(app), [
    "debian:trixie:amd64",
    "debian:trixie:arm64 *",
    "debian:bookworm:amd64",
    "debian:bullseye:amd64 *",
    "mine:1.0:amd64 *",
  ]);
  assert.equal((await names(app, { all: true })).length, 6);
  assert.deepEqual(await names(app, { distros: ["deb", "debian"] }), [
    "debian:trixie:amd64",
    "debian:trixie:arm64 *",
    "debian:bookworm:amd64",
    "debian:bullseye:amd64 *",
  ]);
});

Deno.test("a vendor who can't be reached takes nothing from the others and is told", async () => {
  const broken = {
    ...debian,
    name: "broken",
    aliases: [],
    releases: () => Promise.reject(new CubicError("network", "Cannot reach it")),
  };
  await using app = await testApp({ distros: [broken, debian] });
  const { entries, stale } = await catalogue(app, { distros: [], all: true }, recorded());
  assert.equal(entries.length, 5);
  assert.deepEqual(stale.map(({ distro, fetched }) => [distro.name, fetched]), [[
    "broken",
    undefined,
  ]]);
});

Deno.test("an unknown distro is an error, not an empty list", async () => {
  await using app = await testApp();
  await assert.rejects(
    names(app, { distros: ["debain"] }),
    (error) => isCubicError(error, "distro-not-found") && /debian/.test(error.hint ?? ""),
  );
});
