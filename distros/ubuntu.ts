/**
 * Ubuntu's server cloud images; `.img` is qcow2. The releases are those with support left, from
 * https://wiki.ubuntu.com/Releases.
 */
import type { Distro, Release } from "../plugins/contract.ts";
import { checksumOf } from "../plugins/kit.ts";

const RELEASES: readonly Release[] = [
  {
    version: "26.04",
    codename: "resolute",
    tags: ["stable", "lts", "latest"],
    endOfLife: "2031-04-30",
    arches: ["amd64", "arm64"],
  },
  {
    version: "24.04",
    codename: "noble",
    endOfLife: "2029-05-31",
    arches: ["amd64", "arm64"],
  },
  {
    version: "22.04",
    codename: "jammy",
    endOfLife: "2027-04-01",
    arches: ["amd64", "arm64"],
  },
];

/** Ubuntu, verified by the SHA-256 list beside each image. */
export const ubuntu: Distro = {
  contract: 1,
  name: "ubuntu",
  title: "Ubuntu",
  baseUrl: "https://cloud-images.ubuntu.com",
  hosts: [],
  guest: { minimumMemory: 512 * 1024 * 1024 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release, arch }) {
    const directory = `${baseUrl}/releases/${release.codename}/release`;
    const file = `ubuntu-${release.version}-server-cloudimg-${arch}.img`;
    const checksum = checksumOf(await fetchText(`${directory}/SHA256SUMS`), file);
    return { url: `${directory}/${file}`, format: "qcow2", checksum };
  },
};
