/** Asking a running guest how much memory it uses, over short visits to its QEMU. */
import { beginGuestStats, endGuestStats, findBalloon, guestMemory } from "../qemu/balloon.ts";
import type { GuestMemory } from "../qemu/balloon.ts";
import { connectQmp, type Qmp } from "../qemu/qmp.ts";

/** A QEMU that serves another command is left alone. */
const ANSWER_MS = 1000;

/** Has the guest asked from now on, and returns its last answer; undefined when there is none yet. */
export async function askGuestMemory(
  qmpSocket: string,
  now: number,
): Promise<GuestMemory | undefined> {
  return await visit(qmpSocket, async (qmp, balloon) => {
    await beginGuestStats(qmp, balloon);
    return await guestMemory(qmp, balloon, now);
  });
}

/** Has the guest left alone again. */
export async function leaveGuestMemory(qmpSocket: string): Promise<void> {
  await visit(qmpSocket, endGuestStats);
}

async function visit<Result>(
  qmpSocket: string,
  action: (qmp: Qmp, balloon: string) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    await using qmp = await connectQmp(qmpSocket, ANSWER_MS);
    const balloon = await findBalloon(qmp);
    return balloon === undefined ? undefined : await action(qmp, balloon);
  } catch {
    // Ended or busy: then nothing is known.
    return undefined;
  }
}
