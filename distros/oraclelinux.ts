/**
 * Oracle Linux's KVM templates. A JSON document for each major release and architecture names the newest image with
 * its digest; the arm64 one is that of the "cloud" flavour. Nothing is signed. The majors are a table because no
 * document lists them; the end of premier support is what endoflife.date had in August 2026, when 10 had no date yet.
 */
import type { Distro, DistroArch, Release } from "../plugins/contract.ts";
import { asObject, asText, kernelArch, readJson } from "../plugins/kit.ts";

const arches = ["amd64", "arm64"] as const;

const RELEASES: readonly Release[] = [
  { version: "10", tags: ["stable", "latest"], arches, cpuLevel: 3 },
  { version: "9", endOfLife: "2032-06-30", arches, cpuLevel: 2 },
  { version: "8", endOfLife: "2029-07-31", arches },
];

/** Oracle Linux, verified by the SHA-256 digest in its index. */
export const oraclelinux: Distro = {
  contract: 1,
  name: "oraclelinux",
  title: "Oracle Linux",
  aliases: ["oracle"],
  baseUrl: "https://yum.oracle.com",
  hosts: [],
  // What vendors of this family ask for; dnf reads its metadata in it.
  guest: { minimumMemory: 1.5 * 1024 ** 3 },
  releases: () => Promise.resolve(RELEASES),
  async image({ baseUrl, fetchText }, { release: { version }, arch }) {
    const flavour = arch === "amd64" ? "" : "_aarch64-cloud";
    const index = `${baseUrl}/templates/OracleLinux/ol${version}${flavour}-template.json`;
    const template = asObject(readJson(await fetchText(index), index));
    const kvm = asObject(template.kvm);
    const found = imageName(version, arch).exec(
      `${asText(template.base_url)}/${asText(kvm.image)}`,
    );
    const digest = /^[0-9a-f]{64}$/i.exec(asText(kvm.sha256) ?? "")?.[0].toLowerCase();
    if (!found) throw new Error(`${index} names no image`);
    if (!digest) throw new Error(`${index} has no SHA-256 digest of its image`);
    const [path, update, build] = found;
    return {
      url: `${baseUrl}${path}`,
      format: "qcow2",
      checksum: { algorithm: "sha256", digest },
      build: `${version}.${update}-${build}`,
      // The image of 8 has no EFI system partition.
      firmware: version === "8" && arch === "amd64" ? "bios" : "uefi",
    };
  },
};

/** The update and the build of an image, by its path from the root. */
function imageName(version: string, arch: DistroArch): RegExp {
  const machine = kernelArch(arch);
  const flavour = arch === "amd64" ? "kvm" : "kvm-cloud";
  return new RegExp(
    String.raw`^/templates/OracleLinux/OL${version}/u(\d+)/${machine}` +
      String.raw`/OL${version}U\1_${machine}-${flavour}-b(\d+)\.qcow2$`,
  );
}
