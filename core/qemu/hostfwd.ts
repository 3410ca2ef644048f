/**
 * Port forwards of a running machine. QEMU has them only as commands for people (hmp-commands.hx: hostfwd_add,
 * hostfwd_remove, info usernet), which succeed whatever happens: what became of them is in the text that they return.
 */
import { CubicError } from "../errors.ts";
import { hostForward } from "./args.ts";
import type { PortForward } from "./machine.ts";
import type { Qmp } from "./qmp.ts";

/** The network that `args.ts` gives every machine. */
const NETDEV = "net";

/** A connection of the guest's network, or a port that is listened on, as slirp tells it. */
export interface SlirpSocket {
  readonly protocol: "tcp" | "udp";
  /** HOST_FORWARD for one that listens, else TCP's state: ESTABLISHED, SYN_SENT … */
  readonly state: string;
  /** Address of the host; 0.0.0.0 for all. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly guestPort: number;
}

/**
 * Has QEMU listen.
 * @throws CubicError "port-taken" when the host does not let it, "qmp-failed" for anything else.
 */
export async function addHostForward(qmp: Qmp, forward: PortForward): Promise<void> {
  const text = await ask(qmp, `hostfwd_add ${NETDEV} ${hostForward(forward)}`);
  if (text === "") return;
  const taken = /Could not set up/.test(text);
  throw new CubicError(
    taken ? "port-taken" : "qmp-failed",
    `Cannot forward port ${forward.hostPort}: ${
      taken ? "QEMU could not listen there" : "QEMU refuses"
    }`,
    {
      details: text,
      ...(taken && { hint: `\`ss -ltnup | grep ${forward.hostPort}\` shows who does.` }),
    },
  );
}

/**
 * Has QEMU listen no more; connections that are open stay so. False when it did not listen there.
 * @throws CubicError "qmp-failed"
 */
export async function removeHostForward(qmp: Qmp, forward: PortForward): Promise<boolean> {
  const { protocol, hostAddress, hostPort } = forward;
  const text = await ask(qmp, `hostfwd_remove ${NETDEV} ${protocol}:${hostAddress}:${hostPort}`);
  if (/ removed$/.test(text)) return true;
  if (/ not found$/.test(text)) return false;
  throw new CubicError("qmp-failed", `Cannot stop forwarding port ${hostPort}: QEMU refuses`, {
    details: text,
  });
}

/** What the guest's network listens on and talks to now. */
export async function slirpSockets(qmp: Qmp): Promise<SlirpSocket[]> {
  return parseSlirpSockets(await ask(qmp, "info usernet"));
}

/** Reads the text of `info usernet`; lines that are no socket are passed over. Pure. */
export function parseSlirpSockets(text: string): SlirpSocket[] {
  const line =
    /^\s*(TCP|UDP)\[([\w ]+?)\]\s+-?\d+\s+(\*|[\d.]+)\s+(\d+)\s+(?:\*|[\d.]+)\s+(\d+)\s+\d+\s+\d+\s*$/gm;
  return [...text.matchAll(line)].map(([, protocol, state = "", address = "", host, guest]) => ({
    protocol: protocol === "UDP" ? "udp" : "tcp",
    state,
    hostAddress: address === "*" ? "0.0.0.0" : address,
    hostPort: Number(host),
    guestPort: Number(guest),
  }));
}

/** The forwards among them. */
export function forwardsAmong(sockets: readonly SlirpSocket[]): PortForward[] {
  return sockets.filter(({ state }) => state === "HOST_FORWARD")
    .map(({ protocol, hostAddress, hostPort, guestPort }) => (
      { protocol, hostAddress, hostPort, guestPort }
    ));
}

async function ask(qmp: Qmp, line: string): Promise<string> {
  const text = await qmp.execute("human-monitor-command", { "command-line": line });
  return String(text).trim();
}
