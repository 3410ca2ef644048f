import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { centos } from "./centos.ts";

const BASE = "https://cloud.centos.org/centos";

Deno.test("CentOS for amd64 is the image that boots with UEFI, although an older one", async () => {
  const { url, firmware, build, signature } = await vendorImage(centos, "10");
  const file = "CentOS-Stream-GenericCloud-x86_64-10-20260728.1.x86_64.qcow2";
  assert.equal(url, `${BASE}/10-stream/x86_64/images/${file}`);
  assert.equal(firmware, "uefi");
  assert.equal(build, "20260728.1");
  assert.equal(signature, undefined);
});

Deno.test("CentOS for arm64 is the plain image, the newest and not the last in the list", async () => {
  const { url, firmware } = await vendorImage(centos, "10", "arm64");
  const file = "CentOS-Stream-GenericCloud-10-20260930.0.aarch64.qcow2";
  assert.equal(url, `${BASE}/10-stream/aarch64/images/${file}`);
  assert.equal(firmware, "uefi");
});

Deno.test("where CentOS has no list, the listing and the image's own sum are read", async () => {
  const ctx = vendorContext(centos);
  const { url, firmware, checksum } = await vendorImage(centos, "9", "amd64", ctx);
  const file = "CentOS-Stream-GenericCloud-9-20260928.0.x86_64.qcow2";
  const directory = `${BASE}/9-stream/x86_64/images`;
  assert.equal(url, `${directory}/${file}`);
  assert.equal(firmware, "bios", "the plain image has no EFI system partition");
  assert.equal(checksum.digest.length, 64);
  assert.deepEqual(ctx.asked, [
    `${directory}/CHECKSUM`,
    `${directory}/`,
    `${directory}/${file}.SHA256SUM`,
  ]);
});

Deno.test("the list of CentOS as it was in 2021 is read", async () => {
  const ctx = {
    baseUrl: BASE,
    fetchText: (url: string): Promise<string> =>
      url.endsWith("/CHECKSUM") ? Promise.resolve(OF_2021) : Promise.reject(new Error(url)),
  };
  const { checksum, firmware } = await vendorImage(centos, "9", "amd64", ctx);
  assert.match(checksum.digest, /^bcebdc00511d6e1878273257/);
  assert.equal(firmware, "bios");
});

const OF_2021 = `# CentOS-Stream-GenericCloud-9-20211222.0.x86_64.qcow2: 755043840 bytes
SHA256 (CentOS-Stream-GenericCloud-9-20211222.0.x86_64.qcow2) = bcebdc00511d6e18782732570056cfbc7cba318302748bfc8f66be9c0db68142
# CentOS-Stream-ec2-9-20211222.0.x86_64.raw.xz: 636822640 bytes
SHA256 (CentOS-Stream-ec2-9-20211222.0.x86_64.raw.xz) = 1d6a7ac6642342f32187c116783b6f81ae27521bdb084f324a9c7b7e6fc61cb7
`;
