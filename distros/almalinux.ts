/**
 * AlmaLinux's GenericCloud images, one for BIOS and UEFI. The directory of a major release always holds its newest
 * point release. The majors are a table because each comes with a key of its own; their end of life is what
 * endoflife.date had in August 2026.
 *
 * The image of 10 is built for x86-64-v3; for older processors there is another one in the directory `x86_64_v2`.
 */
import type { Distro, Release } from "../plugins/contract.ts";
import { checksumOf, kernelArch, newestMatch, parseChecksums } from "../plugins/kit.ts";

const arches = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  { version: "10", tags: ["stable", "latest"], endOfLife: "2035-05-31", arches, cpuLevel: 3 },
  { version: "9", endOfLife: "2032-05-31", arches, cpuLevel: 2 },
  { version: "8", endOfLife: "2029-05-31", arches },
];

/** By major release; 8 has an old key and a new one. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  "10": ["EE6DB7B98F5BF5EDD9DA0DE5DEE5C11CC2A1E572"],
  "9": ["BF18AC2876178908D6E71267D36CB86CB86B3716"],
  "8": [
    "BC5EDDCADF502C077F1582882AE81E8ACED7258B",
    "5E9B8F5617B5066CE92057C3488FCF7C3ABB34F8",
  ],
};

/** AlmaLinux, verified by the signed SHA-256 list of each directory. */
export const almalinux: Distro = {
  contract: 1,
  name: "almalinux",
  title: "AlmaLinux",
  aliases: ["alma"],
  baseUrl: "https://repo.almalinux.org/almalinux",
  hosts: [],
  // What vendors of this family ask for; dnf reads its metadata in it.
  guest: { minimumMemory: 1.5 * 1024 ** 3 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release: { version }, arch }) {
    const directory = `${baseUrl}/${version}/cloud/${kernelArch(arch)}/images`;
    const list = `${directory}/CHECKSUM`;
    const sums = await fetchText(list);
    const found = newestMatch([...parseChecksums(sums).keys()], imageName(version, arch));
    if (!found) throw new Error(`${list} has no dated GenericCloud image`);
    const [file, build = ""] = found;
    const url = `${baseUrl}/RPM-GPG-KEY-AlmaLinux-${version}`;
    return {
      url: `${directory}/${file}`,
      format: "qcow2",
      checksum: checksumOf(sums, file),
      build,
      signature: {
        signs: "checksums",
        list,
        detached: `${list}.asc`,
        keys: (KEYS[version] ?? []).map((fingerprint) => ({ fingerprint, url })),
      },
    };
  },
};

/** Not `latest`, which moves, and not the flavour `ext4`; from 10 on the date may have a number behind it. */
function imageName(version: string, arch: Parameters<typeof kernelArch>[0]): RegExp {
  const build = String.raw`${version}\.\d+-\d{8}(?:\.\d+)?`;
  return new RegExp(
    String.raw`AlmaLinux-${version}-GenericCloud-(${build})\.${kernelArch(arch)}\.qcow2`,
  );
}
