/**
 * Three distros as strangers would write them, from `distro add` to `distro remove`: the whole program, as a process,
 * against a loopback server. With CUBIC_TEST_PROGRAM it is the compiled one.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { makeSandbox } from "../support/sandbox.ts";
import { qcow2Bytes } from "../support/images.ts";

interface Sample {
  readonly file: string;
  readonly name: string;
  readonly releases: readonly string[];
  readonly images: number;
}

const SAMPLES: readonly Sample[] = [
  { file: "tapir.ts", name: "tapir", releases: ["2.10", "2.9"], images: 4 },
  { file: "okapi.toml", name: "okapi", releases: ["3.1", "3.0"], images: 3 },
  { file: "quokka.yaml", name: "quokka", releases: ["2026.10", "2026.4"], images: 2 },
];

for (const { file, name, releases, images } of SAMPLES) {
  Deno.test(`the sample plugin ${file} is added, listed, checked, updated and removed`, async () => {
    await using sandbox = await makeSandbox();
    await using vendor = serveSamples();
    const plugin = join(sandbox.home, file);
    await Deno.writeTextFile(plugin, await sampleText(file, vendor.url));

    const refused = await sandbox.cubic("distro", "add", plugin, "--yes");
    equal(refused.code, 1);
    match(refused.stderr, /is not https\nhint: Add --allow-loopback/);

    await sandbox.ok("distro", "add", plugin, "--yes", "--allow-loopback");
    const listed = await sandbox.json("distro", "list");
    const { kind, source } = listed.find((distro: { name: string }) => distro.name === name);
    deepEqual({ kind, source }, { kind: "added", source: plugin });

    const shown = await sandbox.json("distro", "show", name);
    deepEqual(shown.releases.map((release: { version: string }) => release.version), releases);

    const { ok, checks } = await sandbox.json("distro", "check", name);
    equal(ok, true);
    const checked = checks.filter((check: { name: string }) => /^image [^:]+$/.test(check.name));
    equal(checked.length, images);

    match((await sandbox.cubic("distro", "update", name)).stderr, /is up to date/);
    const text = await Deno.readTextFile(plugin);
    await Deno.writeTextFile(plugin, text.replaceAll(" Linux", " GNU/Linux"));
    const updated = await sandbox.cubic("distro", "update", name, "--yes");
    equal(updated.code, 0, updated.stderr);
    match(updated.stderr, /title: .* Linux\n +-> .* GNU\/Linux\n/);
    match(updated.stderr, /\n- .* Linux.*\n\+ .* GNU\/Linux/);
    equal((await sandbox.json("distro", "check", name)).ok, true);

    await sandbox.ok("distro", "remove", name, "--yes");
    equal((await sandbox.cubic("distro", "show", name)).code, 3);
  });
}

Deno.test("an image of an added distro is pulled and verified", async () => {
  await using sandbox = await makeSandbox();
  await using vendor = serveSamples();
  const plugin = join(sandbox.home, "tapir.ts");
  await Deno.writeTextFile(plugin, await sampleText("tapir.ts", vendor.url));
  await sandbox.ok("distro", "add", plugin, "--yes", "--allow-loopback");
  const [{ distro, version, digest }] = [await sandbox.json("image", "pull", "tap:2.9:arm64")]
    .flat();
  deepEqual({ distro, version, digest }, {
    distro: "tapir",
    version: "2.9",
    digest: `sha512-${digestOf("sha512", IMAGE)}`,
  });
});

Deno.test("a plugin is added from a URL, and pinned as it came", async () => {
  await using sandbox = await makeSandbox();
  await using vendor = serveSamples();
  const url = `${vendor.url}/plugins/okapi.toml`;
  const args = ["distro", "add", url, "--yes", "--json"];
  match((await sandbox.cubic(...args)).stderr, /plain http to this machine has to be allowed/);
  const { source, digest } = JSON.parse(await sandbox.ok(...args, "--allow-loopback"));
  const text = await sampleText("okapi.toml", vendor.url);
  deepEqual({ source, digest }, { source: url, digest: `sha256-${digestOf("sha256", text)}` });
});

const IMAGE = qcow2Bytes();
const RAW = gzipSync(new Uint8Array(1024 * 1024));

function digestOf(algorithm: "sha256" | "sha512", bytes: string | Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

async function sampleText(file: string, url: string): Promise<string> {
  const name = file.endsWith(".ts") ? `${file}.txt` : file;
  const path = new URL(`../fixtures/plugins/${name}`, import.meta.url);
  return (await Deno.readTextFile(path)).replaceAll("BASE_URL", url);
}

/** What the three vendors publish. */
function serveSamples(): AsyncDisposable & { readonly url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, origin } = new URL(request.url);
      const plugin = /^\/plugins\/(.+)$/.exec(pathname)?.[1];
      if (plugin !== undefined) return new Response(await sampleText(plugin, origin));
      const body = answer(pathname);
      return new Response(body, { status: body === undefined ? 404 : 200 });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { url, [Symbol.asyncDispose]: () => server.shutdown() };
}

function answer(path: string): string | Uint8Array<ArrayBuffer> | undefined {
  if (path === "/tapir/") {
    return `<a href="../">..</a><a href="2.9/">2.9/</a><a href="2.10/">2.10/</a>`;
  }
  if (/^\/tapir\/2\.(9|10)\/SHA512SUMS$/.test(path)) {
    const line = (arch: string): string => `${digestOf("sha512", IMAGE)}  tapir-${arch}.qcow2\n`;
    return line("x86_64") + line("aarch64");
  }
  if (/^\/tapir\/2\.(9|10)\/tapir-(x86_64|aarch64)\.qcow2$/.test(path)) return IMAGE;
  const okapi = /^\/okapi\/(3\.[01])\/SHA256SUMS$/.exec(path)?.[1];
  if (okapi !== undefined) {
    return ["amd64", "arm64"].flatMap((arch) =>
      [9, 10].map((build) =>
        `${digestOf("sha256", IMAGE)} *okapi-${okapi}-${build}-${arch}.qcow2\n`
      )
    ).join("");
  }
  if (/^\/quokka\/(rottnest|bald)\/quokka-x64\.img\.gz\.sha256$/.test(path)) {
    return `${digestOf("sha256", RAW)}\n`;
  }
  return undefined;
}
