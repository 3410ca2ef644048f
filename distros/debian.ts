/**
 * Debian's own cloud images. `genericcloud` is the flavour without drivers for real hardware. The releases are a
 * table because the archive has no index of them; https://wiki.debian.org/DebianReleases tells the dates.
 */
import type { Distro, Release } from "../plugins/contract.ts";
import { checksumOf } from "../plugins/kit.ts";

const RELEASES: readonly Release[] = [
  {
    version: "13",
    codename: "trixie",
    tags: ["stable", "latest"],
    endOfLife: "2030-06-30",
    arches: ["amd64", "arm64"],
  },
  {
    version: "12",
    codename: "bookworm",
    tags: ["oldstable"],
    endOfLife: "2028-06-30",
    arches: ["amd64", "arm64"],
  },
  {
    version: "11",
    codename: "bullseye",
    tags: ["oldoldstable"],
    endOfLife: "2026-08-31",
    arches: ["amd64", "arm64"],
  },
];

/** Debian, verified by the SHA-512 list beside each image (it is not signed; cloud.debian.org is https). */
export const debian: Distro = {
  contract: 1,
  name: "debian",
  title: "Debian",
  baseUrl: "https://cloud.debian.org/images/cloud",
  hosts: [],
  guest: { minimumMemory: 256 * 1024 * 1024 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release, arch }) {
    const directory = `${baseUrl}/${release.codename}/latest`;
    const file = `debian-${release.version}-genericcloud-${arch}.qcow2`;
    const checksum = checksumOf(await fetchText(`${directory}/SHA512SUMS`), file);
    return { url: `${directory}/${file}`, format: "qcow2", checksum };
  },
};
