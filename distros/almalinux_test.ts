import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { almalinux } from "./almalinux.ts";

const BASE = "https://repo.almalinux.org/almalinux";

Deno.test("AlmaLinux's image is the newest dated one, not ext4, OpenNebula or latest", async () => {
  const directory = `${BASE}/9/cloud/x86_64/images`;
  assert.deepEqual(await vendorImage(almalinux, "9"), {
    url: `${directory}/AlmaLinux-9-GenericCloud-9.8-20260526.x86_64.qcow2`,
    format: "qcow2",
    checksum: {
      algorithm: "sha256",
      digest: "c397eed7023e92c841155831b1f47e26300e5bef0f0256c129322307c897a251",
    },
    build: "9.8-20260526",
    signature: {
      signs: "checksums",
      list: `${directory}/CHECKSUM`,
      detached: `${directory}/CHECKSUM.asc`,
      keys: [{
        fingerprint: "BF18AC2876178908D6E71267D36CB86CB86B3716",
        url: `${BASE}/RPM-GPG-KEY-AlmaLinux-9`,
      }],
    },
  });
});

Deno.test("from AlmaLinux 10 on a build has a number behind its date", async () => {
  for (const arch of ["amd64", "arm64"] as const) {
    assert.equal((await vendorImage(almalinux, "latest", arch)).build, "10.2-20260817.0");
  }
});

Deno.test("AlmaLinux 8 may be signed by its old key or its new one", async () => {
  const { signature, build } = await vendorImage(almalinux, "8", "arm64");
  assert.equal(build, "8.10-20260928");
  assert.equal(new Set(signature?.keys.map(({ fingerprint }) => fingerprint)).size, 2);
});

Deno.test("everything of AlmaLinux comes from the mirror in use", async () => {
  const mirror = "https://mirror.example.com/alma";
  const ctx = vendorContext(almalinux, { mirror });
  const { url, signature } = await vendorImage(almalinux, "10", "amd64", ctx);
  assert(signature?.signs === "checksums");
  const urls = [url, signature.list, signature.detached, signature.keys[0]?.url, ...ctx.asked];
  for (const each of urls) assert(each?.startsWith(`${mirror}/`), each);
});
