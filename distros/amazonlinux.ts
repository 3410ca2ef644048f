/**
 * Amazon Linux 2023's KVM images. `latest/` redirects to the directory of the newest version, whose name stands in
 * the image's, so the checksum list behind `latest/` is all that has to be read. Nothing is signed. The end of
 * maintenance is what endoflife.date had in August 2026.
 */
import type { Distro, Release } from "../plugins/contract.ts";
import { checksumOf, newestMatch, parseChecksums } from "../plugins/kit.ts";

const RELEASES: readonly Release[] = [
  {
    version: "2023",
    tags: ["stable", "latest"],
    endOfLife: "2029-06-30",
    arches: ["amd64", "arm64"],
    cpuLevel: 2,
  },
];

/** Amazon Linux, verified by the SHA-256 list beside each image. */
export const amazonlinux: Distro = {
  contract: 1,
  name: "amazonlinux",
  title: "Amazon Linux",
  aliases: ["amazon"],
  baseUrl: "https://cdn.amazonlinux.com/al2023/os-images",
  hosts: [],
  guest: { minimumMemory: 512 * 1024 ** 2 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { arch }) {
    const platform = arch === "amd64" ? "kvm" : "kvm-arm64";
    const machine = arch === "amd64" ? "x86_64" : "arm64";
    const list = `${baseUrl}/latest/${platform}/SHA256SUMS`;
    const sums = await fetchText(list);
    // Several kernels may stand side by side; the newest version counts first, then the kernel.
    const found = newestMatch(
      [...parseChecksums(sums).keys()],
      new RegExp(
        String.raw`al2023-kvm-(2023\.[\d.]+)-kernel-([\d.]+)-${machine}\.xfs\.gpt\.qcow2`,
      ),
    );
    if (!found) throw new Error(`${list} has no image for ${machine}`);
    const [file, build = ""] = found;
    return {
      url: `${baseUrl}/${build}/${platform}/${file}`,
      format: "qcow2",
      checksum: checksumOf(sums, file),
      build,
    };
  },
};
