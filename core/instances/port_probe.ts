/**
 * Whether anybody in the guest answers on a forwarded port. To connect proves nothing: slirp takes every connection and
 * only then asks the guest. So the connection is held, and QEMU is asked what became of its other half: it is
 * established, reset at once, or still knocking.
 */
import type { PortForward } from "../qemu/machine.ts";
import type { SlirpSocket } from "../qemu/hostfwd.ts";

/** What a probe needs. */
export interface ProbeOptions {
  /** What the guest's network has now; undefined when QEMU does not say. */
  readonly sockets: () => Promise<readonly SlirpSocket[] | undefined>;
  /** Milliseconds a guest has to answer. */
  readonly timeoutMs: number;
}

/** Milliseconds between two looks; an emulated guest answers in tens of them. */
const LOOK_EVERY_MS = 100;

/** A connection that waits for the guest. */
interface Probe {
  readonly rule: PortForward;
  verdict: boolean | undefined;
  close(): void;
}

/**
 * Probes TCP rules that are in force, all at once: true when the guest took the connection or sent something, false when
 * it refused or did nothing in time, null when that can't be known.
 */
export async function probeForwards(
  rules: readonly PortForward[],
  { sockets, timeoutMs }: ProbeOptions,
): Promise<(boolean | null)[]> {
  const deadline = performance.now() + timeoutMs;
  const probes = await Promise.all(rules.map((rule) => openProbe(rule, timeoutMs)));
  const pending = (): Probe[] => probes.filter(({ verdict }) => verdict === undefined);
  let seen: readonly SlirpSocket[] | undefined;
  try {
    while (pending().length > 0) {
      seen = await sockets().catch(() => undefined);
      for (const probe of pending()) {
        if (seen?.some((socket) => isEstablished(socket, probe.rule))) probe.verdict = true;
      }
      if (performance.now() > deadline || pending().length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return probes.map(({ verdict }) => verdict ?? (seen ? false : null));
  } finally {
    for (const probe of probes) probe.close();
  }
}

/** Anybody's connection to that port proves as much as ours. */
function isEstablished(socket: SlirpSocket, { hostPort, guestPort }: PortForward): boolean {
  return socket.protocol === "tcp" && socket.state === "ESTABLISHED" &&
    socket.hostPort === hostPort && socket.guestPort === guestPort;
}

async function openProbe(rule: PortForward, timeoutMs: number): Promise<Probe> {
  const probe: { rule: PortForward; verdict: boolean | undefined; close(): void } = {
    rule,
    verdict: undefined,
    close: () => {},
  };
  try {
    const connection = await Deno.connect({
      hostname: rule.hostAddress === "0.0.0.0" ? "127.0.0.1" : rule.hostAddress,
      port: rule.hostPort,
      signal: AbortSignal.timeout(timeoutMs),
    });
    probe.close = () => closeQuietly(connection);
    connection.read(new Uint8Array(1)).then(
      (count) => probe.verdict ??= count !== null,
      () => probe.verdict ??= false,
    );
  } catch {
    probe.verdict = false;
  }
  return probe;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The other side was faster.
  }
}
