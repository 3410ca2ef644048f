import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { debian } from "./debian.ts";

Deno.test("Debian's image is the genericcloud one of the SHA512SUMS, unsigned", async () => {
  const base = "https://cloud.debian.org/images/cloud/bookworm/latest";
  for (const arch of ["amd64", "arm64"] as const) {
    const file = `debian-12-genericcloud-${arch}.qcow2`;
    assert.deepEqual(await vendorImage(debian, "bookworm", arch), {
      url: `${base}/${file}`,
      format: "qcow2",
      // The digests of the fixtures are those of the file names.
      checksum: { algorithm: "sha512", digest: createHash("sha512").update(file).digest("hex") },
    });
  }
});

Deno.test("Debian's testing and unstable are the daily builds", async () => {
  const base = "https://cloud.debian.org/images/cloud";
  const testing = await vendorImage(debian, "testing", "arm64");
  assert.equal(
    testing.url,
    `${base}/forky/daily/latest/debian-14-genericcloud-arm64-daily.qcow2`,
  );
  const unstable = await vendorImage(debian, "unstable");
  assert.equal(unstable.url, `${base}/sid/daily/latest/debian-sid-genericcloud-amd64-daily.qcow2`);
});

Deno.test("a mirror of Debian is asked for the checksum list and nothing else", async () => {
  const mirror = "http://127.0.0.1:8080/images/cloud";
  const context = vendorContext(debian, { mirror });
  const { url } = await vendorImage(debian, "bookworm", "amd64", context);
  assert.equal(url, `${mirror}/bookworm/latest/debian-12-genericcloud-amd64.qcow2`);
  assert.deepEqual(context.asked, [`${mirror}/bookworm/latest/SHA512SUMS`]);
});
