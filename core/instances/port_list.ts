/** The port rules of instances, and what is behind each of them right now. */
import type { App } from "../app.ts";
import type { Operation } from "../progress.ts";
import type { PortForward } from "../qemu/machine.ts";
import { forwardsAmong, type SlirpSocket, slirpSockets } from "../qemu/hostfwd.ts";
import { connectQmp } from "../qemu/qmp.ts";
import { sameForward } from "./forward.ts";
import { inspectInstance } from "./inspect.ts";
import type { Instance } from "./instance.ts";
import { probeForwards } from "./port_probe.ts";
import { isFree } from "./ports.ts";
import { instanceNames, readInstance } from "./store.ts";

/**
 * Who listens on the port of the host. instance: its own QEMU. other: something else, so that the instance could not
 * start, or has not got the port. free: nobody.
 */
export type PortUse = "instance" | "other" | "free";

/** One rule. */
export interface ListedPort {
  readonly instance: string;
  readonly rule: PortForward;
  readonly use: PortUse;
  /** Whether something in the guest answers; null when that can't be known, as with UDP. */
  readonly answers: boolean | null;
}

/** How long a guest has to answer. */
const PROBE_MS = 2000;
const QMP_MS = 2000;

/**
 * Lists the rules of all instances, or of those that are named. A broken instance is reported and left out, unless it
 * is named.
 * @throws CubicError "instance-not-found", "instance-broken".
 */
export async function listPorts(
  app: Pick<App, "host" | "paths">,
  names: readonly string[],
  { report }: Pick<Operation, "report">,
): Promise<ListedPort[]> {
  const all = names.length > 0 ? names : await instanceNames(app.paths);
  const lists = await Promise.all(all.map(async (name) => {
    try {
      return await portsOf(app, await readInstance(app.paths, name));
    } catch (error) {
      if (names.length > 0) throw error;
      report({ kind: "warning", text: error instanceof Error ? error.message : String(error) });
      return [];
    }
  }));
  return lists.flat();
}

async function portsOf(
  app: Pick<App, "host" | "paths">,
  { name, forwards }: Instance,
): Promise<ListedPort[]> {
  if (forwards.length === 0) return [];
  const { running } = await inspectInstance(app, name);
  const sockets = async (): Promise<SlirpSocket[]> => {
    if (!running) return [];
    await using qmp = await connectQmp(running.qmpSocket, QMP_MS);
    return await slirpSockets(qmp);
  };
  const seen = await sockets().catch(() => undefined);
  const live = seen && forwardsAmong(seen);
  // A QEMU that does not answer is taken at its word of when it was started.
  const isLive = (rule: PortForward): boolean =>
    live === undefined || live.some((other) => sameForward(rule, other));
  const probed = forwards.filter((rule) => rule.protocol === "tcp" && isLive(rule));
  const answers = await probeForwards(probed, { sockets, timeoutMs: PROBE_MS });
  return await Promise.all(forwards.map(async (rule) => ({
    instance: name,
    rule,
    use: await useOf(rule, isLive(rule)),
    answers: answerOf(rule, isLive(rule), answers[probed.indexOf(rule)]),
  })));
}

async function useOf(rule: PortForward, isLive: boolean): Promise<PortUse> {
  if (isLive) return "instance";
  return await isFree(rule) ? "free" : "other";
}

function answerOf(
  { protocol }: PortForward,
  isLive: boolean,
  answer: boolean | null | undefined,
): boolean | null {
  if (!isLive) return false;
  return protocol === "udp" ? null : answer ?? null;
}
