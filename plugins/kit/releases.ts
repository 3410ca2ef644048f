/** What most lists of releases need. */
import type { DistroArch, Release } from "../contract.ts";

/** The releases with further tags on the first of them, by default those of the newest stable release. */
export function tagFirst(
  releases: readonly Release[],
  tags: readonly string[] = ["stable", "latest"],
): readonly Release[] {
  const [first, ...others] = releases;
  return first ? [{ ...first, tags: [...first.tags ?? [], ...tags] }, ...others] : [];
}

/** The architecture in the kernel's words, which most vendors use in file names. */
export function kernelArch(arch: DistroArch): "x86_64" | "aarch64" {
  return arch === "amd64" ? "x86_64" : "aarch64";
}
