import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { vendorImage } from "../tests/support/vendor.ts";
import { opensuse } from "./opensuse.ts";

const BASE = "https://download.opensuse.org";

Deno.test("each openSUSE is under the name and in the tree that its generation has", async () => {
  const paths = {
    "stable amd64": "distribution/leap/16.1/appliances/Leap-16.1-Minimal-VM.x86_64-Cloud.qcow2",
    "16.0 arm64": "distribution/leap/16.0/appliances/Leap-16.0-Minimal-VM.aarch64-Cloud.qcow2",
    "15.6 amd64":
      "distribution/leap/15.6/appliances/openSUSE-Leap-15.6-Minimal-VM.x86_64-Cloud.qcow2",
    "tumbleweed amd64": "tumbleweed/appliances/openSUSE-Tumbleweed-Minimal-VM.x86_64-Cloud.qcow2",
    "rolling arm64":
      "ports/aarch64/tumbleweed/appliances/openSUSE-Tumbleweed-Minimal-VM.aarch64-Cloud.qcow2",
  };
  for (const [words, path] of Object.entries(paths)) {
    const [release = "", arch] = words.split(" ");
    const { url, checksum } = await vendorImage(
      opensuse,
      release,
      arch === "arm64" ? "arm64" : "amd64",
    );
    assert.equal(url, `${BASE}/${path}`);
    const file = path.slice(path.lastIndexOf("/") + 1);
    assert.equal(checksum.digest, createHash("sha256").update(file).digest("hex"));
  }
});

Deno.test("openSUSE signs the checksum of each image, beside it", async () => {
  const { url, signature } = await vendorImage(opensuse, "tumbleweed");
  assert(signature?.signs === "checksums");
  assert.equal(signature.list, `${url}.sha256`);
  assert.equal(signature.detached, `${url}.sha256.asc`);
});
