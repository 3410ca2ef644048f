/** Ending a QEMU for certain. */
import { CubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import { type ProcessIdentity, signalProcess, waitForEnd } from "../process.ts";

/** SIGTERM lets QEMU close its disks; SIGKILL is for one that does not. */
const TERM_MS = 5000;
const KILL_MS = 5000;

/**
 * Ends that very process and returns when it is gone. Never touches another process that has its pid by now.
 * @throws CubicError "stop-timeout" when it survives even SIGKILL (a process stuck in the kernel).
 */
export async function killQemu(host: Host, process: ProcessIdentity): Promise<void> {
  await signalProcess(host, process, "SIGTERM");
  if (await waitForEnd(host, process, TERM_MS)) return;
  await signalProcess(host, process, "SIGKILL");
  if (await waitForEnd(host, process, KILL_MS)) return;
  throw new CubicError(
    "stop-timeout",
    `Cannot end the process ${process.pid}: it ignores SIGKILL`,
    {
      hint: "It is stuck in the kernel, likely on a disk or network mount; look at `dmesg`.",
    },
  );
}
