import assert from "node:assert/strict";
import { checkDistro, type ConformanceOptions } from "./conformance.ts";
import type { Distro, DistroContext, Release, RemoteImage } from "./contract.ts";

const RELEASES: readonly Release[] = [
  { version: "2.10", codename: "second", tags: ["stable"], arches: ["amd64", "arm64"] },
  { version: "2.9", tags: ["old"], endOfLife: "2027-01-01", arches: ["amd64"] },
];

const IMAGE: RemoteImage = {
  url: "https://example.org/images/a.qcow2",
  format: "qcow2",
  checksum: { algorithm: "sha256", digest: "ab".repeat(32) },
  signature: {
    signs: "checksums",
    list: "https://example.org/SUMS",
    detached: "https://example.org/SUMS.sig",
    keys: [{ fingerprint: "A".repeat(40), url: "https://keys.example.org/key" }],
  },
};

const SAMPLE: Distro = {
  contract: 1,
  name: "sample",
  title: "Sample",
  baseUrl: "https://example.org/images",
  hosts: ["keys.example.org"],
  guest: { minimumMemory: 1 },
  releases: () => Promise.resolve(RELEASES),
  image: () => Promise.resolve(IMAGE),
};

const CONTEXT: DistroContext = {
  baseUrl: SAMPLE.baseUrl,
  fetchText: () => Promise.resolve("text"),
};

/** The checks that fail, as "name: detail". */
async function failures(
  changes: object,
  ctx: DistroContext = CONTEXT,
  options: ConformanceOptions = {},
): Promise<readonly string[]> {
  const { ok, checks } = await checkDistro({ ...SAMPLE, ...changes }, ctx, options);
  const failed = checks.filter((check) => !check.ok).map(({ name, detail }) =>
    `${name}: ${detail}`
  );
  assert.equal(ok, failed.length === 0);
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length, "names are unique");
  return failed;
}

const withReleases = (releases: unknown): object => ({ releases: () => Promise.resolve(releases) });
const withImage = (image: unknown): object => ({ image: () => Promise.resolve(image) });

Deno.test("a right distro passes, with a check for each release and architecture", async () => {
  const { ok, checks } = await checkDistro(SAMPLE, CONTEXT);
  assert.equal(ok, true);
  const images = checks.filter(({ name }) => /^image [^:]+$/.test(name));
  assert.deepEqual(images.map(({ name, detail }) => `${name} = ${detail}`), [
    "image 2.10 amd64 = https://example.org/images/a.qcow2",
    "image 2.10 arm64 = https://example.org/images/a.qcow2",
    "image 2.9 amd64 = https://example.org/images/a.qcow2",
  ]);
});

Deno.test("a distro is asked for the releases it offers, in its own context", async () => {
  const asked: string[] = [];
  const image: Distro["image"] = (ctx, { release, arch }) => {
    asked.push(`${ctx.baseUrl} ${release.version} ${release.codename} ${arch}`);
    return Promise.resolve(IMAGE);
  };
  await checkDistro({ ...SAMPLE, image }, CONTEXT);
  assert.deepEqual([...new Set(asked)], [
    "https://example.org/images 2.10 second amd64",
    "https://example.org/images 2.10 second arm64",
    "https://example.org/images 2.9 undefined amd64",
  ]);
});

Deno.test("what a distro says of itself is checked first, and nothing is asked when it is wrong", async () => {
  let asked = false;
  const releases = (): Promise<readonly Release[]> => {
    asked = true;
    return Promise.resolve(RELEASES);
  };
  assert.deepEqual(await failures({ name: "Sam/ple", releases }), [
    'distro: the distro: "name" is "Sam/ple", and not a word of lower-case letters, digits and ' +
    "dashes that begins with a letter",
  ]);
  assert.equal(asked, false);
  assert.deepEqual(await failures({ image: "x" }), ['functions: "image" is no function']);
});

Deno.test("what is wrong with the releases is told", async () => {
  const [first, second] = RELEASES;
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [[], /^releases: there are some: it offers no release$/],
    ["x", /^releases: the answer of releases\(\) is no list$/],
    [[first, { ...second, version: 2 }], /^releases: release 2: "version" is no text$/],
    [[second, first], /^releases: order: 2\.10 stands after 2\.9$/],
    [[first, { ...second, version: "2.10" }], /"2\.10" stands for more than one release/],
    [[first, { ...second, tags: ["stable"] }], /^releases: words: "stable" stands for more/],
    [[first, { ...second, codename: "stable" }], /^releases: words: "stable"/],
    [[{ ...first, tags: ["a", "a"] }], /^releases: words: "a" stands for .* twice for one$/],
  ];
  for (const [releases, wanted] of cases) {
    const failed = await failures(withReleases(releases));
    assert(failed.some((line) => wanted.test(line)), `${wanted} in ${failed}`);
  }
});

Deno.test("versions that are no numbers have any order, and no stable release is told", async () => {
  const releases = [
    { version: "tumbleweed", arches: ["amd64"] },
    { version: "16.1", arches: ["amd64"] },
    { version: "sid", arches: ["amd64"] },
    { version: "16.0", arches: ["amd64"] },
  ];
  assert.deepEqual(await failures(withReleases(releases)), []);
  const { checks } = await checkDistro({ ...SAMPLE, ...withReleases(releases) }, CONTEXT);
  const stable = checks.find(({ name }) => name === "releases: stable");
  assert.equal(stable?.detail, 'nothing is tagged "stable": a bare name means tumbleweed');
});

Deno.test("what is wrong with an image is told, for that image alone", async () => {
  const { signature } = IMAGE;
  assert(signature?.signs === "checksums");
  const elsewhere = "https://elsewhere.example/a.qcow2";
  const hosts = /^image 2\.9 amd64: hosts: elsewhere\.example is none of its declared hosts$/;
  const key = { fingerprint: "A".repeat(40), url: elsewhere };
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ checksum: undefined }, /^image 2\.9 amd64: the image has no "checksum"$/],
    [{ url: elsewhere }, hosts],
    [{ signature: { ...signature, list: elsewhere } }, hosts],
    [{ signature: { ...signature, detached: elsewhere } }, hosts],
    [{ signature: { ...signature, keys: [key] } }, hosts],
    [{ signature: { signs: "image", detached: elsewhere, keys: signature.keys } }, hosts],
    [{ url: "https://example.org:8443/a.qcow2" }, /hosts: example\.org:8443 is none/],
    [{ url: "http://example.org/a.qcow2" }, /hosts: http:\/\/example\.org\/a\.qcow2 is not https$/],
    [{ url: "https://example.org/images/" }, /file name: "" at the end of .* is no file name$/],
    [{ url: "https://example.org/.hidden" }, /file name: "\.hidden" at the end/],
    [{ url: "https://example.org/a%2Fb" }, /file name: "a%2Fb" at the end/],
    [{ url: "https://example.org/a.raw.xz" }, /compressed with xz by its name, and with nothing/],
    [{ url: "https://example.org/a.gz", compression: "zstd" }, /gzip by its name, and with zstd/],
  ];
  for (const [change, wanted] of cases) {
    const image: Distro["image"] = (_ctx, { release }) =>
      Promise.resolve(release.version === "2.9" ? { ...IMAGE, ...change } : IMAGE);
    const failed = await failures({ image });
    assert.equal(failed.length, 1, `${wanted}: ${failed}`);
    assert.match(failed[0] ?? "", wanted);
  }
});

Deno.test("loopback and a mirror may be plain http, when the user says so", async () => {
  const loopback = "http://127.0.0.1:8080";
  const local = {
    hosts: ["127.0.0.1:8080", "keys.example.org"],
    ...withImage({ ...IMAGE, url: `${loopback}/a` }),
  };
  assert.equal((await failures(local)).length, 3);
  assert.deepEqual(await failures(local, CONTEXT, { allowLoopback: true }), []);
  const mirror = { ...CONTEXT, baseUrl: "http://mirror.example.com/x" };
  const mirrored = withImage({ ...IMAGE, url: `${mirror.baseUrl}/a.img` });
  assert.deepEqual(await failures(mirrored, mirror), []);
  assert.equal((await failures(mirrored)).length, 3);
});

Deno.test("errors of a distro are failed checks with its message, however it fails", async () => {
  const thrown = (): never => {
    throw new Error("no such page");
  };
  const rejected = (): Promise<never> => Promise.reject("plain text");
  assert.deepEqual(await failures({ releases: thrown }), ["releases: no such page"]);
  assert.deepEqual(await failures({ releases: rejected }), ["releases: plain text"]);
  assert.equal((await failures({ image: thrown }))[0], "image 2.10 amd64: no such page");
  const hostile = new Proxy(SAMPLE, { get: thrown, getOwnPropertyDescriptor: thrown });
  assert.deepEqual(
    (await checkDistro(hostile, CONTEXT)).checks.map(({ name, ok }) => [name, ok]),
    [["distro", false], ["functions", false]],
  );
});

Deno.test("a distro that never answers is given up after the deadline", async () => {
  const never = { releases: () => new Promise<never>(() => {}) };
  assert.deepEqual(await failures(never, CONTEXT, { deadlineMs: 20 }), [
    "releases: there was no answer in 0.02 s",
  ]);
});

Deno.test("a distro that answers something else the second time is told", async () => {
  let calls = 0;
  const image = (): Promise<RemoteImage> =>
    Promise.resolve({ ...IMAGE, build: `build-${calls++}` });
  const failed = await failures({ image });
  assert.equal(
    failed[0],
    "image 2.10 amd64: same answer twice: asked again, it answers something else",
  );
  const once = (): Promise<RemoteImage> =>
    calls++ % 2 === 0 ? Promise.resolve(IMAGE) : Promise.reject(new Error("gone"));
  calls = 0;
  assert.match(
    (await failures({ image: once }))[0] ?? "",
    /same answer twice: the second time: gone$/,
  );
  calls = 0;
  const releases = (): Promise<readonly Release[]> =>
    Promise.resolve(calls++ === 0 ? RELEASES : RELEASES.slice(1));
  assert.match((await failures({ releases }))[0] ?? "", /^releases: same answer twice/);
});

Deno.test("a distro that fetches from elsewhere is refused and told, even if it hides it", async () => {
  const fetched: string[] = [];
  const ctx: DistroContext = {
    ...CONTEXT,
    fetchText(url) {
      fetched.push(url);
      return Promise.resolve("text");
    },
  };
  const releases = async ({ fetchText }: DistroContext): Promise<readonly Release[]> => {
    assert.equal(await fetchText("https://keys.example.org/list"), "text");
    await fetchText("https://elsewhere.example/?stolen").catch(() => {});
    await fetchText("file:///etc/passwd").catch(() => {});
    return RELEASES;
  };
  assert.deepEqual(await failures({ releases }, ctx), [
    "fetches: elsewhere.example is none of its declared hosts; file:///etc/passwd is not https",
  ]);
  assert.deepEqual([...new Set(fetched)], ["https://keys.example.org/list"]);
});
