import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { amazonlinux } from "./amazonlinux.ts";

const BASE = "https://cdn.amazonlinux.com/al2023/os-images";

Deno.test("Amazon's image is that of the highest kernel, in the directory of its version", async () => {
  const { url, build } = await vendorImage(amazonlinux, "2023");
  const file = "al2023-kvm-2023.12.20260930.0-kernel-6.12-x86_64.xfs.gpt.qcow2";
  assert.equal(url, `${BASE}/2023.12.20260930.0/kvm/${file}`);
  assert.equal(build, "2023.12.20260930.0");
});

Deno.test("Amazon's arm64 has its own directory, and its list is read by the name that moves", async () => {
  const ctx = vendorContext(amazonlinux);
  const { url } = await vendorImage(amazonlinux, "stable", "arm64", ctx);
  const file = "al2023-kvm-2023.12.20260930.0-kernel-6.12-arm64.xfs.gpt.qcow2";
  assert.equal(url, `${BASE}/2023.12.20260930.0/kvm-arm64/${file}`);
  assert.deepEqual(ctx.asked, [`${BASE}/latest/kvm-arm64/SHA256SUMS`]);
});
