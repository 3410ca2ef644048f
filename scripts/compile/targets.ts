/** The systems that the program is made for, and what its files are called and look like. */

/** A system as its parts are called: Rust's name for Deno, ours for files, and the first bytes of its programs. */
export interface Target {
  /** As `deno compile --target` wants it. */
  readonly triple: string;
  readonly os: "linux" | "darwin";
  /** As `uname -m` says it on Linux; install.sh maps what other systems say to these. */
  readonly arch: "x86_64" | "aarch64";
}

/** All of them. */
export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", os: "linux", arch: "x86_64" },
  { triple: "aarch64-unknown-linux-gnu", os: "linux", arch: "aarch64" },
  { triple: "x86_64-apple-darwin", os: "darwin", arch: "x86_64" },
  { triple: "aarch64-apple-darwin", os: "darwin", arch: "aarch64" },
];

/** What a program is published as. */
export function programName(version: string, { os, arch }: Pick<Target, "os" | "arch">): string {
  return `cubic-${version}-${os}-${arch}`;
}

/** The systems that were asked for by `--target`, "all" being all of them; undefined for an unknown name. */
export function chosenTargets(names: readonly string[]): readonly Target[] | undefined {
  if (names.includes("all")) return TARGETS;
  const chosen = names.map((name) => TARGETS.find(({ triple }) => triple === name));
  return chosen.every((target) => target !== undefined) ? chosen : undefined;
}

/**
 * The system that a program with these first 20 bytes is for: ELF's e_machine (System V ABI, figure 4-3) and Mach-O's
 * cputype (mach/machine.h), both little-endian.
 */
export function formatOf(head: Uint8Array): Pick<Target, "os" | "arch"> | undefined {
  if (head.length < 20) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) === 0x7f454c46) return known("linux", view.getUint16(18, true), 62, 183);
  if (view.getUint32(0, true) !== 0xfeedfacf) return undefined;
  return known("darwin", view.getUint32(4, true), 0x01000007, 0x0100000c);
}

function known(
  os: Target["os"],
  machine: number,
  x86: number,
  arm: number,
): Pick<Target, "os" | "arch"> | undefined {
  if (machine === x86) return { os, arch: "x86_64" };
  return machine === arm ? { os, arch: "aarch64" } : undefined;
}
