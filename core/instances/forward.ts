/** Port rules as people write them: `[HOST_IP:]HOST_PORT:GUEST_PORT[/tcp|/udp]`. */
import { CubicError } from "../errors.ts";
import type { PortForward } from "../qemu/machine.ts";

const RULE = /^(?:(\d{1,3}(?:\.\d{1,3}){3}):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/i;

/**
 * Reads a rule. The host address defaults to 127.0.0.1, the protocol to TCP.
 * @throws CubicError "invalid-value"; slirp can't listen on IPv6, so that is refused here and not by QEMU.
 */
export function parseForward(text: string): PortForward {
  const match = RULE.exec(text);
  const hostAddress = match?.[1] ?? "127.0.0.1";
  const hostPort = Number(match?.[2]);
  const guestPort = Number(match?.[3]);
  const octets = hostAddress.split(".").map(Number);
  if (!match || octets.some((octet) => octet > 255) || !isPort(hostPort) || !isPort(guestPort)) {
    throw new CubicError("invalid-value", `Cannot read "${text}" as a port rule`, {
      hint: "Write HOST_PORT:GUEST_PORT, as in 8080:80, 0.0.0.0:8080:80 or 5353:53/udp. " +
        "The host address must be IPv4.",
    });
  }
  const protocol = match[4]?.toLowerCase() === "udp" ? "udp" : "tcp";
  return { protocol, hostAddress, hostPort, guestPort };
}

/** The rule in its shortest full form: `127.0.0.1:8080:80/tcp`. */
export function formatForward(forward: PortForward): string {
  const { protocol, hostAddress, hostPort, guestPort } = forward;
  return `${hostAddress}:${hostPort}:${guestPort}/${protocol}`;
}

/** True when both rules would listen on the same port of the host. */
export function sameListener(a: PortForward, b: PortForward): boolean {
  const anywhere = a.hostAddress === "0.0.0.0" || b.hostAddress === "0.0.0.0";
  return a.protocol === b.protocol && a.hostPort === b.hostPort &&
    (anywhere || a.hostAddress === b.hostAddress);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
