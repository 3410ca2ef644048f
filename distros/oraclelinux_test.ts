import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { oraclelinux } from "./oraclelinux.ts";

const BASE = "https://yum.oracle.com";

Deno.test("Oracle's image is the one its index names", async () => {
  assert.deepEqual(await vendorImage(oraclelinux, "9"), {
    url: `${BASE}/templates/OracleLinux/OL9/u8/x86_64/OL9U8_x86_64-kvm-b293.qcow2`,
    format: "qcow2",
    checksum: {
      algorithm: "sha256",
      digest: "b12103391327abee8090686759c0d62dac9a7af2bf0f45fdf6b0d085a0fbb52b",
    },
    build: "9.8-293",
    firmware: "uefi",
  });
});

Deno.test("Oracle's image for arm64 is of the cloud flavour, which has an index of its own", async () => {
  const ctx = vendorContext(oraclelinux, { mirror: "https://mirror.example.com" });
  const { url } = await vendorImage(oraclelinux, "latest", "arm64", ctx);
  const directory = "https://mirror.example.com/templates/OracleLinux";
  assert.equal(url, `${directory}/OL10/u1/aarch64/OL10U1_aarch64-kvm-cloud-b178.qcow2`);
  assert.deepEqual(ctx.asked, [`${directory}/ol10_aarch64-cloud-template.json`]);
});

Deno.test("Oracle 8 for amd64 alone boots with BIOS", async () => {
  assert.equal((await vendorImage(oraclelinux, "8")).firmware, "bios");
  assert.equal((await vendorImage(oraclelinux, "8", "arm64")).firmware, "uefi");
});

Deno.test("an index of Oracle that leads elsewhere, or has no digest, is refused", async () => {
  const good = {
    "base_url": "/templates/OracleLinux/OL9/u8/x86_64",
    kvm: { image: "OL9U8_x86_64-kvm-b293.qcow2", sha256: "ab".repeat(32) },
  };
  const ask = async (document: unknown): Promise<string> => {
    const fetchText = (): Promise<string> => Promise.resolve(JSON.stringify(document));
    return (await vendorImage(oraclelinux, "9", "amd64", { baseUrl: BASE, fetchText })).url;
  };
  assert.match(await ask(good), /OL9U8_x86_64-kvm-b293\.qcow2$/);
  const digest = { ...good, kvm: { ...good.kvm, sha256: "ab".repeat(31) } };
  await assert.rejects(ask(digest), /no SHA-256 digest/);
  const others = ["@evil.example/x", "/templates/OracleLinux/OL9/u8/x86_64/..", "", undefined, 5];
  for (const other of others) {
    await assert.rejects(ask({ ...good, "base_url": other }), /names no image/);
  }
  for (const image of ["OL9U7_x86_64-kvm-b1.qcow2", "OL8U8_x86_64-kvm-b1.qcow2", "../x", null]) {
    await assert.rejects(ask({ ...good, kvm: { ...good.kvm, image } }), /names no image/);
  }
  for (const odd of [null, [], "x", {}, { kvm: [] }]) {
    await assert.rejects(ask(odd), /names no image/);
  }
});
