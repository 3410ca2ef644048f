/**
 * Rocky Linux's GenericCloud images: "Base" has plain partitions, "LVM" is another flavour. The directory's CHECKSUM
 * names every image, and each has a list of its own, which is the signed one. The majors are a table because each
 * comes with a key; their end of life is what endoflife.date had in August 2026.
 */
import type { Distro, DistroArch, DistroContext, Release } from "../plugins/contract.ts";
import {
  checksumOf,
  kernelArch,
  newestMatch,
  parseChecksums,
  parseListing,
} from "../plugins/kit.ts";

const arches = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  { version: "10", tags: ["stable", "latest"], endOfLife: "2035-05-31", arches, cpuLevel: 3 },
  { version: "9", endOfLife: "2032-05-31", arches, cpuLevel: 2 },
  { version: "8", endOfLife: "2029-05-31", arches },
];

/** By major release. */
const KEYS: Readonly<Record<string, string>> = {
  "10": "FC226859C0860BF0DDB95B085B106C736FEDFC85",
  "9": "21CB256AE16FC54C6E652949702D426D350D275D",
  "8": "7051C470A929F454CEBE37B715AF5DAC6D745A60",
};

/** Rocky Linux, verified by the signed SHA-256 list of each image. */
export const rockylinux: Distro = {
  contract: 1,
  name: "rockylinux",
  title: "Rocky Linux",
  aliases: ["rocky"],
  baseUrl: "https://dl.rockylinux.org/pub/rocky",
  hosts: [],
  // What vendors of this family ask for; dnf reads its metadata in it.
  guest: { minimumMemory: 1.5 * 1024 ** 3 },
  releases: () => Promise.resolve(RELEASES),
  async image(ctx, { release: { version }, arch }) {
    const { directory, sums } = await findImages(ctx, version, arch);
    const found = newestMatch([...parseChecksums(sums).keys()], imageName(version, arch));
    if (!found) throw new Error(`${directory}/CHECKSUM has no dated GenericCloud-Base image`);
    const [file, build = ""] = found;
    const list = `${directory}/${file}.CHECKSUM`;
    return {
      url: `${directory}/${file}`,
      format: "qcow2",
      checksum: checksumOf(sums, file),
      build,
      signature: {
        signs: "checksums",
        list,
        detached: `${list}.asc`,
        keys: [{
          fingerprint: KEYS[version] ?? "",
          url: `${ctx.baseUrl}/RPM-GPG-KEY-Rocky-${version}`,
        }],
      },
    };
  },
};

/** The directory of the major release; some mirrors have those of point releases alone. */
async function findImages(
  { baseUrl, fetchText }: DistroContext,
  version: string,
  arch: DistroArch,
): Promise<{ directory: string; sums: string }> {
  const read = async (name: string): Promise<{ directory: string; sums: string }> => {
    const directory = `${baseUrl}/${name}/images/${kernelArch(arch)}`;
    return { directory, sums: await fetchText(`${directory}/CHECKSUM`) };
  };
  try {
    return await read(version);
  } catch (error) {
    const names = parseListing(await fetchText(`${baseUrl}/`)).map(({ name }) => name);
    const point = newestMatch(names, new RegExp(String.raw`${version}\.(\d+)`));
    if (!point) throw error;
    return await read(point[0]);
  }
}

/** Not `.latest`, which moves, and neither LVM nor the images for EC2, Azure and others. */
function imageName(version: string, arch: DistroArch): RegExp {
  const build = String.raw`${version}\.\d+-\d{8}\.\d+`;
  return new RegExp(
    String.raw`Rocky-${version}-GenericCloud-Base-(${build})\.${kernelArch(arch)}\.qcow2`,
  );
}
