/** Watching a guest's first moments, to see whether its processors really run. */
import { statIfThere } from "../atomic.ts";
import type { Host } from "../host.ts";
import { cpuSeconds, isAlive, type ProcessIdentity } from "../process.ts";
import type { Verdict } from "./accelerator.ts";
import { lastLines } from "./launch.ts";
import { connectQmp, queryStatus } from "./qmp.ts";

/** A machine under watch. */
export interface Watched {
  readonly process: ProcessIdentity;
  readonly qmpSocket: string;
  readonly consoleLog: string;
  readonly qemuLog: string;
}

/** Firmware writes to the console within a second on a working host; a slow one gets fifteen. */
const WATCH_MS = 15_000;
const PAUSE_MS = 100;
/** A guest that is silent but has burnt this much processor time is busy, not stuck. */
const BUSY_SECONDS = 2;

/** Sees whether the guest runs: its console speaks or its processors burn time, and QEMU stays healthy. */
export async function watchFirstMoments(
  host: Host,
  machine: Watched,
  signal: AbortSignal,
  watchMs = WATCH_MS,
): Promise<Verdict> {
  const deadline = performance.now() + watchMs;
  while (performance.now() < deadline) {
    if (!(await isAlive(host, machine.process))) {
      const words = (await lastLines(machine.qemuLog, 2)).split("\n")[0];
      return { works: false, reason: `QEMU died${words ? `: ${withoutTimestamp(words)}` : ""}` };
    }
    const status = await statusOf(machine.qmpSocket);
    if (status === "internal-error") {
      return { works: false, reason: "the guest stopped with an internal error" };
    }
    if (((await statIfThere(machine.consoleLog))?.size ?? 0) > 0) return { works: true };
    await host.sleep(PAUSE_MS, signal);
  }
  const burnt = await cpuSeconds(host, machine.process.pid) ?? 0;
  return burnt >= BUSY_SECONDS
    ? { works: true }
    : { works: false, reason: `the guest did nothing for ${watchMs / 1000} s` };
}

async function statusOf(socket: string): Promise<string | undefined> {
  try {
    await using qmp = await connectQmp(socket, 2000);
    return (await queryStatus(qmp)).status;
  } catch {
    return undefined;
  }
}

function withoutTimestamp(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\dT\S+\s+/, "").replace(/^qemu-system-\S+:\s+(error: )?/, "");
}
