import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { ubuntu, ubuntuMinimal } from "./ubuntu.ts";

const BASE = "https://cloud-images.ubuntu.com";
const INDEX = "streams/v1/com.ubuntu.cloud:released:download.json";
const noStreams = { missing: [`${BASE}/releases/${INDEX}`, `${BASE}/minimal/releases/${INDEX}`] };

Deno.test("Ubuntu's releases are the supported ones of its index; a bare name means the newest LTS", async () => {
  const releases = await ubuntu.releases(vendorContext(ubuntu));
  assert.deepEqual(
    releases.map(({ version, codename, tags, endOfLife }) => [version, codename, tags, endOfLife]),
    [
      ["26.10", "stonking", ["latest"], "2027-07-15"],
      ["26.04", "resolute", ["stable", "lts"], "2031-05-29"],
      ["24.04", "noble", [], "2029-05-31"],
      ["22.04", "jammy", [], "2027-06-01"],
    ],
  );
  assert.deepEqual(releases[0]?.arches, ["amd64", "arm64"]);
});

Deno.test("Ubuntu's image is the newest build of the index, with its signed list beside it", async () => {
  const path = "server/releases/resolute/release-20260927.1/ubuntu-26.04-server-cloudimg-amd64.img";
  const { signature, ...image } = await vendorImage(ubuntu, "lts");
  assert.deepEqual(image, {
    url: `${BASE}/releases/${path}`,
    format: "qcow2",
    checksum: { algorithm: "sha256", digest: createHash("sha256").update(path).digest("hex") },
    build: "20260927.1",
    size: 629048832,
  });
  assert(signature?.signs === "checksums");
  const directory = `${BASE}/releases/server/releases/resolute/release-20260927.1`;
  assert.equal(signature.list, `${directory}/SHA256SUMS`);
  assert.equal(signature.detached, `${directory}/SHA256SUMS.gpg`);
});

Deno.test("where Ubuntu's index is missing, the table and the directory's SHA256SUMS take its place", async () => {
  const context = vendorContext(ubuntu, noStreams);
  const releases = await ubuntu.releases(context);
  assert.deepEqual(releases.map(({ version }) => version), ["26.04", "24.04", "22.04"]);
  const file = "ubuntu-24.04-server-cloudimg-arm64.img";
  const image = await vendorImage(ubuntu, "noble", "arm64", context);
  assert.equal(image.url, `${BASE}/releases/noble/release/${file}`);
  const digest = createHash("sha256").update(file).digest("hex");
  assert.deepEqual(image.checksum, { algorithm: "sha256", digest });
  assert(image.signature?.signs === "checksums");
  assert.equal(image.signature.list, `${BASE}/releases/noble/release/SHA256SUMS`);
});

Deno.test("a mirror of Ubuntu is the only server that is asked", async () => {
  const mirror = "https://mirror.example/ubuntu-cloud";
  const context = vendorContext(ubuntu, { mirror });
  const { url } = await vendorImage(ubuntu, "stable", "amd64", context);
  assert.deepEqual([...context.asked, url].filter((asked) => !asked.startsWith(mirror)), []);
});

Deno.test("Ubuntu minimal is a tree of its own, without jammy for arm64", async () => {
  for (const context of [vendorContext(ubuntuMinimal), vendorContext(ubuntuMinimal, noStreams)]) {
    const jammy = (await ubuntuMinimal.releases(context)).find(({ version }) =>
      version === "22.04"
    );
    assert.deepEqual(jammy?.arches, ["amd64"]);
    const { url } = await vendorImage(ubuntuMinimal, "stable", "arm64", context);
    assert(url.startsWith(`${BASE}/minimal/releases/`), url);
    assert(url.endsWith("/ubuntu-26.04-minimal-cloudimg-arm64.img"), url);
  }
});
