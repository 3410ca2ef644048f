/**
 * CentOS Stream's GenericCloud images. The plain one for amd64 boots with BIOS alone; `GenericCloud-x86_64` boots with
 * both and is taken where there is one. The directory's CHECKSUM has every build, oldest first; it has been missing
 * for 9, so the listing and the image's own SHA256SUM stand in. Nobody signs them. The end of life is what
 * endoflife.date had in August 2026.
 */
import type { Checksum, Distro, DistroArch, Release } from "../plugins/contract.ts";
import {
  checksumOf,
  kernelArch,
  newestMatch,
  parseChecksums,
  parseListing,
} from "../plugins/kit.ts";

const arches = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  { version: "10", tags: ["stable", "latest"], endOfLife: "2030-05-31", arches, cpuLevel: 3 },
  { version: "9", endOfLife: "2027-05-31", arches, cpuLevel: 2 },
];

/** CentOS Stream, verified by SHA-256 lists; they are not signed. */
export const centos: Distro = {
  contract: 1,
  name: "centos",
  title: "CentOS Stream",
  aliases: ["centos-stream"],
  baseUrl: "https://cloud.centos.org/centos",
  hosts: [],
  // What vendors of this family ask for; dnf reads its metadata in it.
  guest: { minimumMemory: 1.5 * 1024 ** 3 },
  releases: () => Promise.resolve(RELEASES),
  async image({ fetchText, baseUrl }, { release: { version }, arch }) {
    const directory = `${baseUrl}/${version}-stream/${kernelArch(arch)}/images`;
    const sums = await fetchText(`${directory}/CHECKSUM`).catch(() => "");
    const listed = newestImage([...parseChecksums(sums).keys()], version, arch);
    const found = listed ?? newestImage(
      parseListing(await fetchText(`${directory}/`)).map(({ name }) => name),
      version,
      arch,
    );
    if (!found) throw new Error(`${directory}/ has no dated GenericCloud image`);
    const { file, build, firmware } = found;
    const ownSums = (): Promise<string> => fetchText(`${directory}/${file}.SHA256SUM`);
    const checksum: Checksum = checksumOf(listed ? sums : await ownSums(), file);
    return { url: `${directory}/${file}`, format: "qcow2", checksum, build, firmware };
  },
};

interface Found {
  readonly file: string;
  readonly build: string;
  readonly firmware: "uefi" | "bios";
}

/** Not `latest`, which moves and now and then is not there. */
function newestImage(
  names: readonly string[],
  version: string,
  arch: DistroArch,
): Found | undefined {
  const dated = String.raw`${version}-(\d{8}\.\d+)\.${kernelArch(arch)}\.qcow2`;
  const hybrid = newestMatch(names, new RegExp(`CentOS-Stream-GenericCloud-x86_64-${dated}`));
  const found = hybrid ?? newestMatch(names, new RegExp(`CentOS-Stream-GenericCloud-${dated}`));
  if (!found) return undefined;
  const [file, build = ""] = found;
  return { file, build, firmware: hybrid || arch === "arm64" ? "uefi" : "bios" };
}
