/**
 * Gentoo's disk images with cloud-init, built weekly; they boot with UEFI alone. `latest-di-<arch>-cloudinit.txt`
 * names the newest (`<time>/di-<arch>-cloudinit-<time>.qcow2 <bytes>`, among comments), and each image has a
 * `.sha256`; both are clear-signed. https://www.gentoo.org/downloads/signatures/ names the key and its server.
 */
import type { Distro } from "../plugins/contract.ts";
import { checksumOf } from "../plugins/kit.ts";

const FINGERPRINT = "13EBBDBEDE7A12775DFDB1BABB572E0E2D182910";
const KEYSERVER = "keys.gentoo.org";

/** Gentoo, signed by the key of its weekly builds. */
export const gentoo: Distro = {
  contract: 1,
  name: "gentoo",
  title: "Gentoo",
  baseUrl: "https://distfiles.gentoo.org",
  hosts: [KEYSERVER],
  // Packages are compiled, and GCC wants its share.
  guest: { minimumMemory: 2 * 1024 ** 3 },
  releases: () =>
    Promise.resolve([{
      version: "rolling",
      tags: ["stable", "latest"],
      arches: ["amd64", "arm64"],
    }]),
  async image({ baseUrl, fetchText }, { arch }) {
    const builds = `${baseUrl}/releases/${arch}/autobuilds`;
    const pointer = `${builds}/latest-di-${arch}-cloudinit.txt`;
    const line = new RegExp(String.raw`^(\w+)/(di-${arch}-cloudinit-\1\.qcow2) (\d+)\s*$`, "m");
    const [, build, file = "", size] = line.exec(await fetchText(pointer)) ?? [];
    if (build === undefined) throw new Error(`${pointer} names no image`);
    const url = `${builds}/${build}/${file}`;
    return {
      url,
      format: "qcow2",
      checksum: checksumOf(await fetchText(`${url}.sha256`), file),
      size: Number(size),
      build,
      signature: {
        signs: "checksums",
        list: `${url}.sha256`,
        keys: [{
          fingerprint: FINGERPRINT,
          url: `https://${KEYSERVER}/pks/lookup?op=get&options=mr&search=0x${FINGERPRINT}`,
        }],
      },
    };
  },
};
