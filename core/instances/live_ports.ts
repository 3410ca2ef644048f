/** Changing the ports of a machine that runs: all of it or nothing. */
import type { Host } from "../host.ts";
import type { Paths } from "../paths.ts";
import type { Report } from "../progress.ts";
import type { PortForward } from "../qemu/machine.ts";
import { addHostForward, forwardsAmong, removeHostForward, slirpSockets } from "../qemu/hostfwd.ts";
import { connectQmp, type Qmp } from "../qemu/qmp.ts";
import { sameForward, sameListener } from "./forward.ts";
import { requireListeners } from "./ports.ts";
import { takeBack, type Undo } from "./undo.ts";

/** What to change on which machine. */
export interface LiveChange {
  readonly name: string;
  readonly qmpSocket: string;
  readonly removed: readonly PortForward[];
  readonly added: readonly PortForward[];
}

/**
 * Has QEMU stop listening for the removed rules and listen for the added ones, and returns how to take that back.
 * What is as it should be already, because a command was killed before it had stored it, is left alone.
 * @throws CubicError "port-taken", "invalid-value", "qmp-failed"; the machine is as it was before then, but for what
 * is warned of.
 */
export async function changeLivePorts(
  app: { readonly host: Host; readonly paths: Paths },
  { name, qmpSocket, removed, added }: LiveChange,
  report: Report,
): Promise<Undo> {
  await using qmp = await connectQmp(qmpSocket);
  const live = forwardsAmong(await slirpSockets(qmp));
  const isLive = (rule: PortForward): boolean => live.some((other) => sameForward(rule, other));
  const going = removed.filter(isLive);
  const coming = added.filter((rule) => !isLive(rule));
  // A port that this change sets free is still taken now, by this very QEMU.
  const fresh = coming.filter((rule) => !going.some((other) => sameListener(rule, other)));
  await requireListeners(app, name, fresh, `forward a port to "${name}"`);
  const done: ((qmp: Qmp) => Promise<unknown>)[] = [];
  try {
    for (const rule of going) {
      await removeHostForward(qmp, rule);
      done.push((qmp) => addHostForward(qmp, rule));
    }
    for (const rule of coming) {
      await addHostForward(qmp, rule);
      done.push((qmp) => removeHostForward(qmp, rule));
    }
  } catch (error) {
    await takeBack(done.map((step) => () => step(qmp)), report);
    throw error;
  }
  return async () => {
    await using later = await connectQmp(qmpSocket);
    await takeBack(done.map((step) => () => step(later)), report);
  };
}
