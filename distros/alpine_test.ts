import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { alpine } from "./alpine.ts";

const INDEX = "https://alpinelinux.org/releases.json";
const MIRROR = "https://mirror.example/alpine";

Deno.test("Alpine offers the newest released branches, with their ends of support", async () => {
  const releases = await alpine.releases(vendorContext(alpine));
  assert.deepEqual(releases.map(({ version, endOfLife }) => [version, endOfLife]), [
    ["3.24", "2028-06-01"],
    ["3.23", "2027-11-01"],
    ["3.22", "2027-05-01"],
    ["3.21", "2026-11-01"],
  ]);
  assert.deepEqual(releases.map(({ tags }) => tags), [
    ["stable", "latest"],
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("behind a mirror, or without the index, Alpine's branches are those of the listing", async () => {
  for (
    const context of [
      vendorContext(alpine, { mirror: MIRROR }),
      vendorContext(alpine, { missing: [INDEX] }),
    ]
  ) {
    const releases = await alpine.releases(context);
    // The directory of 3.25 is there before its images are.
    assert.deepEqual(releases.map(({ version }) => version), ["3.24", "3.23", "3.22", "3.21"]);
    assert.deepEqual(releases[0]?.tags, ["stable", "latest"]);
  }
});

Deno.test("a mirror of Alpine is the only server that is asked", async () => {
  const context = vendorContext(alpine, { mirror: MIRROR });
  const { url } = await vendorImage(alpine, "stable", "amd64", context);
  assert.deepEqual([...context.asked, url].filter((asked) => !asked.startsWith(MIRROR)), []);
});

Deno.test("Alpine's image is the newest rebuild with cloud-init, under the new name and the old", async () => {
  const newName = await vendorImage(alpine, "3.24");
  assert.match(
    newName.url,
    /\/v3\.24\/releases\/cloud\/alpine-3\.24\.2-x86_64-cloudinit-r10\.qcow2$/,
  );
  assert.equal(newName.build, "3.24.2-r10");
  const oldName = await vendorImage(alpine, "3.23", "arm64");
  assert.match(oldName.url, /\/nocloud_alpine-3\.23\.10-aarch64-uefi-cloudinit-r1\.qcow2$/);
});

Deno.test("Alpine signs the image itself, and the checksum is a bare digest", async () => {
  const { url, checksum, signature } = await vendorImage(alpine, "3.24", "arm64");
  const file = url.slice(url.lastIndexOf("/") + 1);
  const digest = createHash("sha512").update(file).digest("hex");
  assert.deepEqual(checksum, { algorithm: "sha512", digest });
  assert(signature?.signs === "image");
  assert.equal(signature.detached, `${url}.asc`);
});
