/**
 * Fedora's Cloud Base images, one for BIOS and UEFI. https://fedoraproject.org/releases.json lists the current
 * releases and their images, with betas as "45 Beta"; a mirror has no such list, so its directories are read. Each
 * directory has a clear-signed list of checksums. A release whose key is not pinned here is not offered. The
 * fingerprints are those of the key files that Fedora publishes; end of life is what endoflife.date had in August 2026.
 */
import type { Distro, DistroArch, DistroContext, Release } from "../plugins/contract.ts";
import {
  asList,
  asObject,
  asText,
  checksumOf,
  compareVersions,
  kernelArch,
  newestMatch,
  parseListing,
  readJson,
  tagFirst,
} from "../plugins/kit.ts";

const BASE_URL = "https://dl.fedoraproject.org/pub/fedora/linux/releases";
const INDEX = "https://fedoraproject.org/releases.json";

/** By version. */
const KEYS: Readonly<Record<string, string>> = {
  "46": "D924B10D3E810DABDD8B56B596E7E91491211FCE",
  "45": "4F50A6114CD5C6976A7F1179655A4B02F577861E",
  "44": "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6",
  "43": "C6E7F081CF80E13146676E88829B606631645531",
  "42": "B0F4950458F69E1150C6C5EDC8AC4916105EF944",
};

const END_OF_LIFE: Readonly<Record<string, string>> = {
  "44": "2027-06-02",
  "43": "2026-12-09",
  "42": "2026-05-27",
};

/** Fedora, verified by the signed SHA-256 list of each directory. */
export const fedora: Distro = {
  contract: 1,
  name: "fedora",
  title: "Fedora",
  baseUrl: BASE_URL,
  hosts: ["fedoraproject.org"],
  guest: { minimumMemory: 1024 ** 3 },
  async releases(ctx) {
    const images = await indexedImages(ctx);
    const versions = images.length > 0
      ? images.map(({ version }) => version)
      : parseListing(await ctx.fetchText(`${ctx.baseUrl}/`)).map(({ name }) => name);
    const offered = [...new Set(versions)].filter(isOffered)
      .sort((a, b) => compareVersions(b, a));
    return tagFirst(offered.map((version) => asRelease(version, images)));
  },
  async image(ctx, { release: { version }, arch }) {
    const directory = `${ctx.baseUrl}/${version}/Cloud/${kernelArch(arch)}/images`;
    const indexed = (await indexedImages(ctx)).map(({ file }) => file);
    const names = indexed.some((file) => imageName(version, arch).test(file))
      ? indexed
      : parseListing(await ctx.fetchText(`${directory}/`)).map(({ name }) => name);
    const found = newestMatch(names, imageName(version, arch));
    if (!found) throw new Error(`${directory}/ has no Generic image of Fedora ${version}`);
    const [file, build = ""] = found;
    const list = `${directory}/Fedora-Cloud-${build}-${kernelArch(arch)}-CHECKSUM`;
    return {
      url: `${directory}/${file}`,
      format: "qcow2",
      checksum: checksumOf(await ctx.fetchText(list), file),
      build,
      signature: {
        signs: "checksums",
        list,
        keys: [{
          fingerprint: KEYS[version] ?? "",
          url: "https://fedoraproject.org/fedora.gpg",
        }],
      },
    };
  },
};

interface IndexedImage {
  readonly version: string;
  readonly arch: DistroArch;
  readonly file: string;
}

/** The images of the vendor's index; none for a mirror, and none when the index can't be had. */
async function indexedImages(
  { baseUrl, fetchText }: DistroContext,
): Promise<readonly IndexedImage[]> {
  if (baseUrl !== BASE_URL) return [];
  const text = await fetchText(INDEX).catch(() => "[]");
  return asList(readJson(text, INDEX)).map(asObject).flatMap((entry) => {
    const version = asText(entry.version) ?? "";
    const arch = (["amd64", "arm64"] as const).find((arch) => kernelArch(arch) === entry.arch);
    const file = asText(entry.link)?.split("/").at(-1) ?? "";
    return arch && isOffered(version) && imageName(version, arch).test(file)
      ? [{ version, arch, file }]
      : [];
  });
}

/** Not a beta, and nothing that is no version at all. */
function isOffered(version: string): boolean {
  return Object.hasOwn(KEYS, version);
}

/** Not "UEFI-UKI", nor the images for AmazonEC2, Azure and GCE. */
function imageName(version: string, arch: DistroArch): RegExp {
  return new RegExp(
    String.raw`^Fedora-Cloud-Base-Generic-(${version}-[\d.]+)\.${kernelArch(arch)}\.qcow2$`,
  );
}

function asRelease(version: string, images: readonly IndexedImage[]): Release {
  const arches = images.filter((image) => image.version === version).map(({ arch }) => arch);
  const endOfLife = END_OF_LIFE[version];
  return {
    version,
    arches: arches.length > 0 ? [...new Set(arches)].sort() : ["amd64", "arm64"],
    ...endOfLife !== undefined && { endOfLife },
  };
}
