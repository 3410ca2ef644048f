/**
 * Choosing how the guest's instructions run. `/dev/kvm` existing proves nothing, nor does opening it: on some
 * hosts QEMU then dies, or the guest never runs its first instruction. So the real machine is started and
 * watched, and what was seen is remembered for this boot of the host, this QEMU and this firmware.
 */
import { join } from "node:path";
import { ensureDir, readTextIfThere, writeAtomic } from "../atomic.ts";
import { CubicError } from "../errors.ts";
import type { Arch, Host } from "../host.ts";
import type { Paths } from "../paths.ts";
import { fileStamp } from "./locate.ts";
import type { Accelerator } from "./machine.ts";

/** What the user asked for: whatever works, hardware or nothing, or translation. */
export type AcceleratorChoice = "auto" | "on" | "off";

/** What to start with, and whether it still has to prove itself. */
export interface AcceleratorPlan {
  readonly accelerator: Accelerator;
  /** The machine must be watched, and started again under tcg when the guest does not run. */
  readonly unproven: boolean;
  /** Why it is not hardware; undefined when it is, or when the user asked for tcg. */
  readonly reason: string | undefined;
  /** What stands in the way before anything was tried; the user can do something about it. */
  readonly obstacle?: Obstacle;
}

/** Why hardware acceleration can't even be tried, and what to do about it. */
export interface Obstacle {
  readonly what: string;
  readonly remedy: string;
}

/** What was seen of hardware acceleration. */
export type Verdict =
  | { readonly works: true }
  | { readonly works: false; readonly reason: string };

/** What a verdict holds for: this boot, this QEMU, this firmware, this architecture. */
export interface VerdictScope {
  readonly qemu: string;
  readonly firmware: string;
  readonly arch: Arch;
}

/**
 * Decides what to start a guest of that architecture with.
 * @throws CubicError "accelerator-unavailable" when hardware was demanded and can't be had.
 */
export async function planAccelerator(
  host: Host,
  paths: Pick<Paths, "cache">,
  choice: AcceleratorChoice,
  scope: VerdictScope,
): Promise<AcceleratorPlan> {
  if (choice === "off") return { accelerator: "tcg", unproven: false, reason: undefined };
  const accelerator = host.os === "darwin" ? "hvf" : "kvm";
  const obstacle = await findObstacle(host, scope.arch);
  const verdict = obstacle ? undefined : await readVerdict(paths, scope);
  if (choice === "on") {
    if (obstacle) throw unavailable(accelerator, obstacle.what, obstacle.remedy);
    // Who demands it may have mended what an earlier verdict was about.
    return { accelerator, unproven: verdict?.works !== true, reason: undefined };
  }
  if (obstacle) return { accelerator: "tcg", unproven: false, reason: obstacle.what, obstacle };
  if (verdict?.works === false) {
    return { accelerator: "tcg", unproven: false, reason: verdict.reason };
  }
  return { accelerator, unproven: verdict === undefined, reason: undefined };
}

/** The error for hardware that was demanded and does not work. */
export function unavailable(accelerator: Accelerator, what: string, remedy?: string): CubicError {
  const instead = "`--accel auto` starts it without, under emulation.";
  return new CubicError("accelerator-unavailable", `Cannot use ${accelerator}: ${what}`, {
    hint: remedy === undefined ? instead : `${remedy}\n${instead}`,
  });
}

/** Why hardware acceleration can't even be tried, and what to do about it; undefined when it can. */
export async function findObstacle(
  host: Pick<Host, "os" | "arch" | "run">,
  arch: Arch,
): Promise<Obstacle | undefined> {
  if (arch !== host.arch) {
    return {
      what: `the guest is ${arch} and this host ${host.arch}`,
      remedy: `Choose an image for ${host.arch}.`,
    };
  }
  return host.os === "darwin" ? await findObstacleOnMac(host) : await findObstacleOnLinux();
}

async function findObstacleOnMac(
  host: Pick<Host, "run">,
): Promise<Obstacle | undefined> {
  const { stdout } = await host.run("sysctl", ["-n", "kern.hv_support"]);
  if (stdout.trim() === "1") return undefined;
  return {
    what: "this Mac has no Hypervisor.framework",
    remedy: "Inside a virtual machine, turn nested virtualisation on.",
  };
}

async function findObstacleOnLinux(): Promise<Obstacle | undefined> {
  try {
    using _kvm = await Deno.open("/dev/kvm", { read: true, write: true });
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return {
        what: "/dev/kvm does not exist",
        remedy: "Turn on virtualisation (VT-x, AMD-V) in the firmware set-up, or nested " +
          "virtualisation if this is itself a virtual machine; then `sudo modprobe kvm`.",
      };
    }
    return {
      what: "/dev/kvm can't be opened by this user",
      remedy: "`sudo usermod -aG kvm $USER`, then log in again.",
    };
  }
}

/** What was seen earlier, or undefined. */
export async function readVerdict(
  paths: Pick<Paths, "cache">,
  scope: VerdictScope,
): Promise<Verdict | undefined> {
  const text = await readTextIfThere(verdictPath(paths, scope.arch));
  if (text === undefined) return undefined;
  try {
    const { key, verdict } = JSON.parse(text) as { key: string; verdict: Verdict };
    return key === await verdictKey(scope) ? verdict : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers what was seen. */
export async function rememberVerdict(
  paths: Pick<Paths, "cache">,
  scope: VerdictScope,
  verdict: Verdict,
): Promise<void> {
  await ensureDir(paths.cache);
  const text = JSON.stringify({ key: await verdictKey(scope), verdict });
  await writeAtomic(verdictPath(paths, scope.arch), text);
}

/** Forgets what was seen, so that the next start tries again. */
export async function forgetVerdict(paths: Pick<Paths, "cache">, arch: Arch): Promise<void> {
  await Deno.remove(verdictPath(paths, arch)).catch(() => {});
}

function verdictPath(paths: Pick<Paths, "cache">, arch: Arch): string {
  return join(paths.cache, `accelerator-${arch}.json`);
}

async function verdictKey({ qemu, firmware, arch }: VerdictScope): Promise<string> {
  // A reboot may bring other firmware settings, modules or a whole other host.
  const boot = (await readTextIfThere("/proc/sys/kernel/random/boot_id"))?.trim() ?? "";
  const stamps = await Promise.all([fileStamp(qemu), fileStamp(firmware)]);
  return [Deno.osRelease(), boot, arch, ...stamps].join("|");
}
