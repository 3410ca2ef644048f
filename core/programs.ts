/** Finding the programs of the host that cubic stands on, and what to type when one is missing. */
import { join } from "node:path";
import type { Host } from "./host.ts";

/** What can be missing on a host. */
export type Requirement = "qemu" | "qemu-img" | "firmware" | "image-build";

type ProgramHost = Pick<Host, "os" | "arch" | "env">;

/** Where package managers put programs, for a PATH that lacks them (cron, launchd, macOS apps). */
const USUAL_DIRECTORIES = [
  "/usr/bin",
  "/usr/local/bin",
  "/opt/homebrew/bin",
  "/home/linuxbrew/.linuxbrew/bin",
  "/opt/local/bin",
  "/usr/sbin",
  "/sbin",
];

/**
 * The full path of a program, from PATH and the usual places; undefined when there is none. When CUBIC_QEMU_DIR is
 * set, QEMU's programs are looked for in that directory and nowhere else: a choice that can't be met must not
 * quietly become another QEMU.
 */
export async function findProgram(
  host: Pick<Host, "env">,
  name: string,
): Promise<string | undefined> {
  const own = host.env("CUBIC_QEMU_DIR");
  const path = (host.env("PATH") ?? "").split(":").filter((directory) => directory !== "");
  const chosen = own !== undefined && name.startsWith("qemu-");
  for (const directory of chosen ? [own] : [...path, ...USUAL_DIRECTORIES]) {
    const candidate = join(directory, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}

/** A package manager of a host. */
export type Manager = "apt-get" | "dnf" | "pacman" | "zypper" | "apk" | "brew";

const INSTALL: Readonly<Record<Manager, string>> = {
  "apt-get": "apt-get install -y --no-install-recommends",
  "dnf": "dnf install -y",
  "pacman": "pacman -S --needed",
  "zypper": "zypper install -y",
  "apk": "apk add",
  "brew": "brew install",
};

/** What each package manager calls the packages, with blanks between them. */
export type Packages = Readonly<Record<Manager, string>>;

/** The packages that bring what is missing. */
export function packages(requirement: Requirement, arch: Host["arch"]): Packages {
  const amd64 = arch === "amd64";
  const brew = "qemu";
  switch (requirement) {
    case "qemu":
      return {
        "apt-get": amd64
          ? "qemu-system-x86 qemu-utils ovmf"
          : "qemu-system-arm qemu-utils qemu-efi-aarch64",
        "dnf": amd64
          ? "qemu-system-x86-core qemu-img edk2-ovmf"
          : "qemu-system-aarch64-core qemu-img edk2-aarch64",
        "pacman": amd64
          ? "qemu-system-x86 qemu-img edk2-ovmf"
          : "qemu-system-aarch64 qemu-img edk2-aarch64",
        "zypper": amd64
          ? "qemu-x86 qemu-img qemu-ovmf-x86_64"
          : "qemu-arm qemu-img qemu-uefi-aarch64",
        "apk": amd64 ? "qemu-system-x86_64 qemu-img ovmf" : "qemu-system-aarch64 qemu-img aavmf",
        brew,
      };
    case "qemu-img":
      return {
        "apt-get": "qemu-utils",
        "dnf": "qemu-img",
        "pacman": "qemu-img",
        "zypper": "qemu-img",
        "apk": "qemu-img",
        brew,
      };
    case "firmware":
      return {
        "apt-get": amd64 ? "ovmf" : "qemu-efi-aarch64",
        "dnf": amd64 ? "edk2-ovmf" : "edk2-aarch64",
        "pacman": amd64 ? "edk2-ovmf" : "edk2-aarch64",
        "zypper": amd64 ? "qemu-ovmf-x86_64" : "qemu-uefi-aarch64",
        "apk": amd64 ? "ovmf" : "aavmf",
        brew,
      };
    case "image-build": {
      const common = "mmdebstrap mtools";
      return {
        "apt-get": `${common} fdisk e2fsprogs uidmap qemu-utils debian-archive-keyring`,
        "dnf": `${common} util-linux e2fsprogs shadow-utils qemu-img`,
        "pacman": `${common} util-linux e2fsprogs shadow qemu-img`,
        "zypper": `${common} util-linux e2fsprogs shadow qemu-img`,
        "apk": `${common} sfdisk e2fsprogs shadow-uidmap qemu-img`,
        brew,
      };
    }
  }
}

/** The very command that installs what is missing, for this host's package manager. */
export async function installCommand(host: ProgramHost, requirement: Requirement): Promise<string> {
  const names = packages(requirement, host.arch);
  const managers: Manager[] = host.os === "darwin"
    ? ["brew"]
    : ["apt-get", "dnf", "pacman", "zypper", "apk", "brew"];
  for (const manager of managers) {
    if (!(await findProgram(host, manager))) continue;
    // Root in a container has no sudo; Homebrew wants none.
    const sudo = manager === "brew" || Deno.uid() === 0 ? "" : "sudo ";
    return `${sudo}${INSTALL[manager]} ${names[manager]}`;
  }
  return host.os === "darwin"
    ? `${INSTALL.brew} ${names.brew}  (Homebrew itself: https://brew.sh)`
    : `install the packages that Debian calls: ${names["apt-get"]}`;
}
