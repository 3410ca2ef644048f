import assert from "node:assert/strict";
import { vendorContext, vendorImage } from "../tests/support/vendor.ts";
import { archlinux } from "./archlinux.ts";

Deno.test("Arch Linux has one image, which its mirrors keep under the same path, signed beside it", async () => {
  const context = vendorContext(archlinux, { mirror: "https://mirror.example/archlinux" });
  const { url, signature } = await vendorImage(archlinux, "rolling", "amd64", context);
  assert.equal(
    url,
    "https://mirror.example/archlinux/images/latest/Arch-Linux-x86_64-cloudimg.qcow2",
  );
  assert(signature?.signs === "image");
  assert.equal(signature.detached, `${url}.sig`);
  assert.deepEqual(context.asked, [`${url}.SHA256`]);
});
