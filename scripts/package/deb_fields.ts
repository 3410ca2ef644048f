/** What a Debian package says of itself: its control file, changelog and copyright. */
import { packages } from "../../core/programs.ts";

/** Debian's architectures. */
export type DebArch = "amd64" | "arm64";

/** What the files are made of. */
export interface DebFacts {
  readonly version: string;
  readonly arch: DebArch;
  /** A name and a mail address, as Debian Policy 5.6.2 wants them. */
  readonly maintainer: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  /** KiB. */
  readonly installedSize: number;
  readonly homepage?: string | undefined;
}

/** A tilde sorts before everything, also before the end: 1.0.0~rc.1 is older than 1.0.0 (Debian Policy 5.6.12). */
export function debVersion(version: string): string {
  return version.replace("-", "~");
}

/** The control file (Debian Policy 5.3). The packages are those that `cubic doctor` asks for. */
export function controlFile(facts: DebFacts): string {
  const { version, arch, maintainer, installedSize, homepage } = facts;
  const needed = packages("qemu", arch)["apt-get"].split(" ");
  const building = packages("image-build", arch)["apt-get"].split(" ");
  const recommended = building.filter((name) => !needed.includes(name));
  return [
    "Package: cubic",
    `Version: ${debVersion(version)}`,
    `Architecture: ${arch}`,
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${installedSize}`,
    // What the runtime inside is linked against.
    `Depends: ${["libc6 (>= 2.28)", "libgcc-s1", ...needed].join(", ")}`,
    `Recommends: ${recommended.join(", ")}`,
    "Suggests: openssh-client",
    "Section: admin",
    "Priority: optional",
    ...(homepage === undefined ? [] : [`Homepage: ${homepage}`]),
    "Description: lightweight Linux virtual machines from cloud images",
    " Runs the distributions' own cloud images with QEMU: without root, without a",
    " daemon, with a shell, files and ports of the guest a command away.",
    "",
  ].join("\n");
}

/** The package's own changelog (Debian Policy 4.4); what users notice is in CHANGELOG.md. */
export function changelogFile({ version, maintainer, epoch }: DebFacts): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `cubic (${debVersion(version)}) unstable; urgency=medium\n\n` +
    `  * Version ${version}; CHANGELOG.md.gz tells what is new.\n\n -- ${maintainer}  ${date}\n`;
}

/** debian/copyright in its machine-readable form (DEP 5), from the text of LICENSE. */
export function copyrightFile(license: string): string {
  const holder = /^Copyright \(c\) (.+)$/m.exec(license)?.[1] ?? "The cubic authors";
  const terms = license.slice(license.indexOf("Permission")).trimEnd().split("\n");
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: cubic",
    "",
    "Files: *",
    `Copyright: ${holder}`,
    "License: MIT",
    ...terms.map((line) => ` ${line === "" ? "." : line}`),
    "",
  ].join("\n");
}
