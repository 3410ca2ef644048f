/**
 * Which level of x86-64 a processor has (x86-64 psABI, section 3.1.1): distributions build for level 2 or 3 by now, and
 * their programs die on a lesser processor before they can say why.
 */
import type { Host } from "../host.ts";

/** A level; each has all that those below it have. */
export type CpuLevel = 1 | 2 | 3;

/** What each level adds, in the words of /proc/cpuinfo. */
const ADDED: Readonly<Record<2 | 3, readonly string[]>> = {
  2: ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"],
  3: ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"],
};

/** The level of a processor with these flags. Pure. */
export function cpuLevelOf(flags: readonly string[]): CpuLevel {
  const has = (level: 2 | 3): boolean => ADDED[level].every((flag) => flags.includes(flag));
  if (!has(2)) return 1;
  return has(3) ? 3 : 2;
}

/** The level of this host's processor; undefined where nothing tells it, or it is no x86-64. */
export async function hostCpuLevel({ os, arch }: Host): Promise<CpuLevel | undefined> {
  if (os !== "linux" || arch !== "amd64") return undefined;
  try {
    const flags = /^flags\s*:\s*(.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1];
    return flags === undefined ? undefined : cpuLevelOf(flags.split(" "));
  } catch {
    return undefined;
  }
}

/** A warning for an image that this host's processor is too old for; undefined when it is not. */
export function cpuLevelWarning(
  needed: CpuLevel,
  host: CpuLevel | undefined,
): string | undefined {
  if (host === undefined || host >= needed) return undefined;
  return `This image is built for x86-64-v${needed} and this host's processor is x86-64-v${host}; ` +
    "it runs under emulation only: `cubic start --accel off`.";
}
