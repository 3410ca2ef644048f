import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { DistroContext } from "../plugins/contract.ts";
import { vendorImage } from "../tests/support/vendor.ts";
import { gentoo } from "./gentoo.ts";

const BUILDS = "https://distfiles.gentoo.org/releases/arm64/autobuilds";

Deno.test("Gentoo's image is the one its pointer names, with size, build and a clear-signed checksum", async () => {
  const build = "20260809T234555Z";
  const file = `di-arm64-cloudinit-${build}.qcow2`;
  const url = `${BUILDS}/${build}/${file}`;
  const { signature, ...image } = await vendorImage(gentoo, "stable", "arm64");
  assert.deepEqual(image, {
    url,
    format: "qcow2",
    checksum: { algorithm: "sha256", digest: createHash("sha256").update(file).digest("hex") },
    size: 1393557504,
    build,
  });
  assert(signature?.signs === "checksums");
  assert.equal(signature.list, `${url}.sha256`);
  assert.equal(signature.detached, undefined);
});

Deno.test("a pointer of Gentoo's that leads elsewhere, or nowhere, is refused", async () => {
  for (
    const line of [
      "",
      "# 20261004T164559Z/di-arm64-cloudinit-20261004T164559Z.qcow2 1",
      "../x/di-arm64-cloudinit-x.qcow2 1",
      "20261004T164559Z/di-arm64-cloudinit-20260101T000000Z.qcow2 1",
      "20261004T164559Z/di-arm64-console-20261004T164559Z.qcow2 1",
    ]
  ) {
    const context: DistroContext = {
      baseUrl: gentoo.baseUrl,
      fetchText: () => Promise.resolve(line),
    };
    await assert.rejects(
      vendorImage(gentoo, "rolling", "arm64", context),
      { message: `${BUILDS}/latest-di-arm64-cloudinit.txt names no image` },
      line,
    );
  }
});
