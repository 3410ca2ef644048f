/**
 * Debian's own cloud images. `genericcloud` is the flavour without drivers for real hardware. Testing and unstable
 * have daily builds only. The releases are a table because the archive has no index of them;
 * https://wiki.debian.org/DebianReleases tells the dates.
 *
 * Nothing is signed: cloud.debian.org promises https and the SHA-512 list in each directory.
 */
import type { Distro, Release } from "../plugins/contract.ts";
import { checksumOf } from "../plugins/kit.ts";

const arches = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  {
    version: "13",
    codename: "trixie",
    tags: ["stable", "latest"],
    endOfLife: "2030-06-30",
    arches,
  },
  { version: "12", codename: "bookworm", tags: ["oldstable"], endOfLife: "2028-06-30", arches },
  { version: "11", codename: "bullseye", tags: ["oldoldstable"], endOfLife: "2026-08-31", arches },
  { version: "testing", codename: "forky", arches },
  { version: "sid", tags: ["unstable"], arches },
];

/** The releases to come, with what stands for a number in their file names. */
const DAILY: Readonly<Record<string, string>> = { testing: "14", sid: "sid" };

/** Debian, verified by the SHA-512 list beside each image. */
export const debian: Distro = {
  contract: 1,
  name: "debian",
  title: "Debian",
  baseUrl: "https://cloud.debian.org/images/cloud",
  hosts: [],
  guest: { minimumMemory: 256 * 1024 * 1024 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release, arch }) {
    const suite = release.codename ?? release.version;
    const number = DAILY[release.version];
    const [folder, name] = number === undefined
      ? [`${suite}/latest`, `${release.version}-genericcloud-${arch}`]
      : [`${suite}/daily/latest`, `${number}-genericcloud-${arch}-daily`];
    const directory = `${baseUrl}/${folder}`;
    const file = `debian-${name}.qcow2`;
    const checksum = checksumOf(await fetchText(`${directory}/SHA512SUMS`), file);
    return { url: `${directory}/${file}`, format: "qcow2", checksum };
  },
};
