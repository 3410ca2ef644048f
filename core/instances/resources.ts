/** How much of the host an instance gets when nobody says, and whether that can work. */
import { CubicError } from "../errors.ts";
import { formatSize } from "../size.ts";

const GIB = 1024 ** 3;

/** What the host has. */
export interface HostResources {
  readonly threads: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes that could be used now without swapping. */
  readonly availableMemory: number;
}

/** Processors and memory of an instance. */
export interface Resources {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** The size the guest sees of its disk; it takes only what is written. */
export const DEFAULT_DISK = 100 * GIB;

/** What this host has. */
export function hostResources(): HostResources {
  const { total, available } = Deno.systemMemoryInfo();
  return { threads: navigator.hardwareConcurrency, memory: total, availableMemory: available };
}

/** Half the host's processors and a quarter of its memory, from 1 CPU and 1 GiB to 4 CPUs and 4 GiB. Pure. */
export function defaultResources(host: HostResources): Resources {
  const clamp = (value: number): number => Math.min(4, Math.max(1, Math.floor(value)));
  return { cpus: clamp(host.threads / 2), memory: clamp(host.memory / GIB / 4) * GIB };
}

/**
 * Refuses what can't work on this host; returns a warning for what may be slow. `existing` is the name of the
 * instance when it is there already, for the advice.
 * @throws CubicError "invalid-value" with what would fit.
 */
export function checkResources(
  wanted: Resources,
  host: HostResources,
  existing?: string,
): string | undefined {
  if (!Number.isInteger(wanted.cpus) || wanted.cpus < 1) {
    throw new CubicError("invalid-value", `Cannot give an instance ${wanted.cpus} CPUs`, {
      hint: "Give it a whole number from 1 up.",
    });
  }
  if (wanted.memory > host.memory) {
    throw new CubicError(
      "invalid-value",
      `Cannot give an instance ${formatSize(wanted.memory)} of memory: ` +
        `this host has ${formatSize(host.memory)}`,
      { hint: lessMemory(existing, host.memory) },
    );
  }
  if (wanted.memory < 64 * 1024 ** 2) {
    throw new CubicError(
      "invalid-value",
      `Cannot boot a cloud image with ${formatSize(wanted.memory)} of memory`,
      { hint: "Give it 512M or more." },
    );
  }
  if (wanted.memory > host.availableMemory) {
    return `The instance may take ${formatSize(wanted.memory)} of memory and only ` +
      `${formatSize(host.availableMemory)} are free; the host may begin to swap. ` +
      lessMemory(existing, host.availableMemory);
  }
  if (wanted.cpus > host.threads) {
    return `The instance has ${wanted.cpus} CPUs and this host only ${host.threads}.`;
  }
  return undefined;
}

/** Half of what there is, in whole gigabytes. */
function lessMemory(existing: string | undefined, memory: number): string {
  const size = `${Math.max(1, Math.floor(memory / GIB / 2))}G`;
  return existing === undefined
    ? `--memory ${size} gives it less.`
    : `\`cubic modify ${existing} --memory ${size}\` gives it less.`;
}
