/**
 * openSUSE's Minimal-VM images for clouds: Leap, and Tumbleweed, which rolls. The undated names move in place; each has
 * a `.sha256` (with one blank in Leap 15) and its signature. Leap 16 dropped the `openSUSE-` before its file names, and
 * Tumbleweed for arm64 is a port with a tree of its own. The releases are a table of https://en.opensuse.org/Lifetime;
 * no end is published yet for 16.1.
 */
import type { Distro, DistroArch, Release } from "../plugins/contract.ts";
import { checksumOf, kernelArch } from "../plugins/kit.ts";

/** The "openSUSE Project Signing Key", which signs Leap and Tumbleweed alike. */
const FINGERPRINT = "AD485664E901B867051AB15F35A2F86E29B700A4";
const KEY_PATH = "distribution/leap/16.0/repo/oss/repodata/repomd.xml.key";
const TUMBLEWEED = "tumbleweed";
const arches = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  { version: "16.1", tags: ["stable", "latest", "leap"], arches, cpuLevel: 2 },
  { version: "16.0", endOfLife: "2027-10-31", arches, cpuLevel: 2 },
  { version: "15.6", endOfLife: "2026-04-30", arches },
  { version: TUMBLEWEED, tags: ["rolling"], arches },
];

/** openSUSE, each checksum signed by the project's key. */
export const opensuse: Distro = {
  contract: 1,
  name: "opensuse",
  title: "openSUSE",
  baseUrl: "https://download.opensuse.org",
  hosts: [],
  // zypper reads the metadata of the whole distribution into memory.
  guest: { minimumMemory: 1024 ** 3 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release: { version }, arch }) {
    const file = `${prefix(version)}-Minimal-VM.${kernelArch(arch)}-Cloud.qcow2`;
    const url = `${baseUrl}/${tree(version, arch)}/appliances/${file}`;
    const list = `${url}.sha256`;
    return {
      url,
      format: "qcow2",
      checksum: checksumOf(await fetchText(list), file),
      signature: {
        signs: "checksums",
        list,
        detached: `${list}.asc`,
        keys: [{ fingerprint: FINGERPRINT, url: `${baseUrl}/${KEY_PATH}` }],
      },
    };
  },
};

function prefix(version: string): string {
  if (version === TUMBLEWEED) return "openSUSE-Tumbleweed";
  return version.startsWith("15.") ? `openSUSE-Leap-${version}` : `Leap-${version}`;
}

function tree(version: string, arch: DistroArch): string {
  if (version !== TUMBLEWEED) return `distribution/leap/${version}`;
  return arch === "arm64" ? "ports/aarch64/tumbleweed" : "tumbleweed";
}
