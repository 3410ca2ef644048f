/** qemu-img: making overlay disks and reading disk facts. */
import { CubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import { findProgram, installCommand } from "../programs.ts";

/** Facts of a disk image. */
export interface DiskFacts {
  /** The size the guest sees, in bytes. */
  readonly virtualSize: number;
  /** Bytes the file takes on the host's disk. */
  readonly actualSize: number;
}

/**
 * Makes a disk that reads from a base image and keeps all writes to itself. `base` may be relative to the new
 * disk's directory, so that both can be moved together.
 * @throws CubicError "qemu-failed", "disk-full", "qemu-missing", "interrupted".
 */
export async function createOverlay(
  host: Host,
  disk: string,
  base: string,
  size: number,
  signal?: AbortSignal,
): Promise<void> {
  // -u: the base is ours and known to be qcow2; opening it would only cost time.
  const args = ["create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", base, disk, String(size)];
  await qemuImg(host, args, `create the disk ${disk}`, signal);
}

/**
 * Reads the facts of a disk, also of one that a running machine has open.
 * @throws CubicError "qemu-failed", "qemu-missing", "interrupted".
 */
export async function diskFacts(
  host: Host,
  disk: string,
  signal?: AbortSignal,
): Promise<DiskFacts> {
  const args = ["info", "--force-share", "--output=json", disk];
  const info = JSON.parse(await qemuImg(host, args, `read the disk ${disk}`, signal)) as {
    "virtual-size": number;
    "actual-size": number;
  };
  return { virtualSize: info["virtual-size"], actualSize: info["actual-size"] };
}

/**
 * Makes a qcow2 disk larger that no machine has open; what is added reads as zeros.
 * @throws CubicError "qemu-failed", "disk-full", "qemu-missing", "interrupted".
 */
export async function growDisk(
  host: Host,
  disk: string,
  size: number,
  signal?: AbortSignal,
): Promise<void> {
  const args = ["resize", "-q", "-f", "qcow2", disk, String(size)];
  await qemuImg(host, args, `resize the disk ${disk}`, signal);
}

async function qemuImg(
  host: Host,
  args: readonly string[],
  action: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const program = await findProgram(host, "qemu-img");
  if (!program) {
    throw new CubicError("qemu-missing", "Cannot find qemu-img", {
      hint: `Install it with:\n  ${await installCommand(host, "qemu-img")}`,
    });
  }
  const { code, stdout, stderr } = await host.run(program, args, { ...(signal && { signal }) });
  if (code === 0) return stdout;
  const full = /No space left/i.test(stderr);
  throw new CubicError(full ? "disk-full" : "qemu-failed", `Cannot ${action}`, {
    details: stderr.trim(),
    hint: full
      ? "Free some space (`df -h` shows where)."
      : "`cubic doctor` looks at QEMU, the images and the disks.",
  });
}
