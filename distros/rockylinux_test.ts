import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { rockylinux } from "./rockylinux.ts";

const BASE = "https://dl.rockylinux.org/pub/rocky";

Deno.test("Rocky's image is the dated Base one, not LVM, EC2 or latest", async () => {
  const url = `${BASE}/9/images/x86_64/Rocky-9-GenericCloud-Base-9.8-20260525.0.x86_64.qcow2`;
  assert.deepEqual(await vendorImage(rockylinux, "9"), {
    url,
    format: "qcow2",
    checksum: {
      algorithm: "sha256",
      digest: "92c206cc6f790c61583247eefe87890f8828420662c17cacf247cec78ab4eec8",
    },
    build: "9.8-20260525.0",
    signature: {
      signs: "checksums",
      list: `${url}.CHECKSUM`,
      detached: `${url}.CHECKSUM.asc`,
      keys: [{
        fingerprint: "21CB256AE16FC54C6E652949702D426D350D275D",
        url: `${BASE}/RPM-GPG-KEY-Rocky-9`,
      }],
    },
  });
});

Deno.test("where the directory of Rocky 10 is missing, that of its newest point release is used", async () => {
  const ctx = vendorContext(rockylinux, {
    missing: [`${BASE}/10/images/aarch64/CHECKSUM`],
  });
  const { url, signature } = await vendorImage(rockylinux, "10", "arm64", ctx);
  const image =
    `${BASE}/10.2/images/aarch64/Rocky-10-GenericCloud-Base-10.2-20260525.0.aarch64.qcow2`;
  assert.equal(url, image);
  assert.equal(signature?.detached, `${image}.CHECKSUM.asc`);
});

Deno.test("a Rocky without directories is told by what was asked first", async () => {
  const ctx = vendorContext(rockylinux, { mirror: "https://mirror.example.com/rocky" });
  const empty = { ...ctx, fetchText: listingOnly };
  await assert.rejects(vendorImage(rockylinux, "8", "amd64", empty), /404 for .*\/8\/images/);
});

function listingOnly(url: string): Promise<string> {
  return url.endsWith("/rocky/")
    ? Promise.resolve('<a href="9/">9/</a>')
    : Promise.reject(new Error(`404 for ${url}`));
}
