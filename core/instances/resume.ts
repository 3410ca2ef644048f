/** A guest whose processors are held, and letting it go on. */
import { CubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import { connectQmp, type Qmp, queryStatus, type RunState } from "../qemu/qmp.ts";

/** A write that fails again stops the guest at once; a second is for a loaded host. */
const SETTLE_MS = 1000;
const PAUSE_MS = 50;

/**
 * Lets a paused guest go on and returns when it does.
 * @throws CubicError "disk-full" when the host's disk is as full as when it was paused, "qmp-failed".
 */
export async function resumeGuest(
  host: Host,
  name: string,
  qmpSocket: string,
  signal: AbortSignal,
): Promise<void> {
  await using qmp = await connectQmp(qmpSocket);
  await goOn(qmp, await queryStatus(qmp));
  const deadline = performance.now() + SETTLE_MS;
  while (performance.now() < deadline) {
    await host.sleep(PAUSE_MS, signal);
    const { status, running } = await queryStatus(qmp);
    if (status === "io-error") throw stillFull(name);
    if (!running) await goOn(qmp, { status, running });
  }
}

/** Lets the processors run again; a guest that put itself to sleep is woken. */
export async function goOn(qmp: Qmp, { status, running }: RunState): Promise<void> {
  if (running) return;
  await qmp.execute(status === "suspended" ? "system_wakeup" : "cont");
}

function stillFull(name: string): CubicError {
  return new CubicError("disk-full", `Cannot resume "${name}": the host's disk is full`, {
    hint: `Free some space (\`df -h\` shows where), then \`cubic start ${name}\` resumes it.`,
  });
}
