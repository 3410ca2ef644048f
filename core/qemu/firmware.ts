/**
 * Finding UEFI firmware through the descriptors that QEMU and the distributions install for that purpose
 * (docs/interop/firmware.json in QEMU's source).
 */
import { dirname, join } from "node:path";
import { CubicError } from "../errors.ts";
import type { Arch, Host } from "../host.ts";
import { installCommand } from "../programs.ts";
import { statIfThere } from "../atomic.ts";

/** A firmware that is installed on this host. */
export interface Firmware {
  readonly code: string;
  readonly codeFormat: "raw" | "qcow2";
  /** The empty variable store each machine gets a copy of; absent where the firmware keeps none. */
  readonly varsTemplate?: { readonly path: string; readonly format: "raw" | "qcow2" };
}

interface Descriptor {
  readonly "interface-types"?: readonly string[];
  readonly mapping?: {
    readonly device?: string;
    readonly mode?: string;
    readonly executable?: { readonly filename?: string; readonly format?: string };
    readonly "nvram-template"?: { readonly filename?: string; readonly format?: string };
  };
  readonly targets?: readonly {
    readonly architecture?: string;
    readonly machines?: readonly string[];
  }[];
  readonly features?: readonly string[];
}

/** Firmware with these needs more than the machine we build, or boots only what somebody else signed. */
const UNSUITABLE = ["requires-smm", "enrolled-keys", "secure-boot", "amd-sev-snp", "intel-tdx"];

/**
 * The firmware for guests of an architecture. CUBIC_QEMU_FW_AMD64 and CUBIC_QEMU_FW_ARM64 name a code file
 * that is used as it is, without a variable store.
 * @throws CubicError "firmware-missing" with the command that installs it.
 */
export async function findFirmware(host: Host, qemu: string, arch: Arch): Promise<Firmware> {
  const variable = `CUBIC_QEMU_FW_${arch.toUpperCase()}`;
  const own = host.env(variable);
  if (own !== undefined) {
    if (await statIfThere(own)) return { code: own, codeFormat: "raw" };
    throw new CubicError("firmware-missing", `Cannot use the firmware "${own}": no such file`, {
      hint: `Correct ${variable}, or unset it to let cubic find the firmware.`,
    });
  }
  for (const path of await descriptorPaths(host, qemu)) {
    const firmware = await readOffer(path, arch);
    const found = firmware && await anchored(firmware, path);
    if (found) return found;
  }
  throw new CubicError("firmware-missing", `Cannot find UEFI firmware for ${arch} guests`, {
    hint: `Install it with:\n  ${await installCommand({ ...host, arch }, "firmware")}\n` +
      `or name a code file in ${variable}.`,
  });
}

/** What a descriptor offers, if it fits our machines of that architecture. Pure. */
export function suitableFirmware(descriptor: Descriptor, arch: Arch): Firmware | undefined {
  const { mapping, targets = [], features = [] } = descriptor;
  const code = mapping?.executable;
  const fits = descriptor["interface-types"]?.includes("uefi") && mapping?.device === "flash" &&
    !features.some((feature) => UNSUITABLE.includes(feature)) &&
    targets.some((target) => fitsMachine(target, arch));
  if (!fits || code?.filename === undefined) return undefined;
  const vars = mapping?.["nvram-template"];
  const split = (mapping?.mode ?? "split") === "split";
  return {
    code: code.filename,
    codeFormat: code.format === "qcow2" ? "qcow2" : "raw",
    ...(split && vars?.filename !== undefined && {
      varsTemplate: { path: vars.filename, format: vars.format === "qcow2" ? "qcow2" : "raw" },
    }),
  };
}

function fitsMachine(
  target: { readonly architecture?: string; readonly machines?: readonly string[] },
  arch: Arch,
): boolean {
  const [architecture, machine] = arch === "amd64" ? ["x86_64", "q35"] : ["aarch64", "virt"];
  return target.architecture === architecture &&
    (target.machines ?? []).some((pattern) => pattern.includes(machine));
}

/** Descriptors by precedence: the user's, the host's, the package's; one name hides the same name below it. */
async function descriptorPaths(host: Host, qemu: string): Promise<string[]> {
  const home = host.env("XDG_CONFIG_HOME") ?? join(host.env("HOME") ?? "/nonexistent", ".config");
  const prefix = dirname(dirname(await Deno.realPath(qemu)));
  const files = new Map<string, string>();
  for (
    const directory of [
      join(home, "qemu/firmware"),
      "/etc/qemu/firmware",
      join(prefix, "share/qemu/firmware"),
      join(dirname(dirname(qemu)), "share/qemu/firmware"),
      "/usr/share/qemu/firmware",
    ]
  ) {
    for (const name of await jsonFiles(directory)) {
      if (!files.has(name)) files.set(name, join(directory, name));
    }
  }
  return [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([, path]) => path);
}

async function jsonFiles(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory)))
      .map(({ name }) => name).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** A descriptor that is damaged or can't be read offers nothing; an empty one hides others on purpose. */
async function readOffer(path: string, arch: Arch): Promise<Firmware | undefined> {
  try {
    return suitableFirmware(JSON.parse(await Deno.readTextFile(path)) as Descriptor, arch);
  } catch {
    return undefined;
  }
}

/** The files as named, or under the prefix the descriptor itself is in (a moved or bundled QEMU). */
async function anchored(firmware: Firmware, descriptor: string): Promise<Firmware | undefined> {
  const share = descriptor.lastIndexOf("/share/");
  const move = (path: string): string => {
    const from = path.lastIndexOf("/share/");
    return share < 0 || from < 0 ? path : descriptor.slice(0, share) + path.slice(from);
  };
  for (const place of [(path: string) => path, move]) {
    const code = place(firmware.code);
    if (!(await statIfThere(code))) continue;
    const { varsTemplate } = firmware;
    if (!varsTemplate) return { ...firmware, code };
    const path = place(varsTemplate.path);
    if (await statIfThere(path)) {
      return { ...firmware, code, varsTemplate: { ...varsTemplate, path } };
    }
  }
  return undefined;
}
