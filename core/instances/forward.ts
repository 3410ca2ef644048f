/**
 * Port rules as people write them: `[HOST_IP:]HOST_PORT:GUEST_PORT[/tcp|/udp]`, where each port may be a range of the
 * same length. In memory a range is a list of single rules; in files and in tables it is one text again.
 */
import { CubicError } from "../errors.ts";
import type { PortForward } from "../qemu/machine.ts";

/** Without leading zeros: to inet_aton, which QEMU asks, 010.0.0.1 is 8.0.0.1. */
const OCTET = "(?:0|[1-9]\\d{0,2})";
const ADDRESS = `${OCTET}(?:\\.${OCTET}){3}`;
const PORTS = "\\d{1,5}(?:-\\d{1,5})?";
const RULE = new RegExp(`^(?:(${ADDRESS}):)?(${PORTS}):(${PORTS})(?:/(tcp|udp))?$`, "i");
const LISTENER = new RegExp(`^(${PORTS})(?:/(tcp|udp))?$`, "i");
/** In brackets as it should be, or bare. */
const IPV6 = /^\[[^\]]*\]:|^[\da-f]*::/i;

const HINT = "Write HOST_PORT:GUEST_PORT, as in 8080:80, 0.0.0.0:8080:80, 5353:53/udp or " +
  "8000-8010:8000-8010. Ports are 1 to 65535.";

/** Ports that lead into a guest, by what they are on the host; undefined stands for any. */
export interface ForwardSelector {
  readonly protocol?: PortForward["protocol"];
  readonly hostAddress?: string;
  readonly hostPort: number;
  readonly guestPort?: number;
}

/**
 * Reads a rule, which is several when it has ranges. The host address defaults to 127.0.0.1, the protocol to TCP.
 * @throws CubicError "invalid-value"; slirp can't listen on IPv6, so that is refused here and not by QEMU.
 */
export function parseForwards(text: string): PortForward[] {
  const [match, address = "127.0.0.1", host = "", guest = "", protocol] = RULE.exec(text) ?? [];
  const [hostPorts, guestPorts] = [parsePorts(host), parsePorts(guest)];
  if (match === undefined || !isAddress(address) || !hostPorts || !guestPorts) {
    throw IPV6.test(text) ? ipv6Error(text) : unreadable(text, "a port rule", HINT);
  }
  if (hostPorts.length !== guestPorts.length) {
    const counts = `${hostPorts.length} and ${guestPorts.length} ports`;
    throw unreadable(text, `a port rule: its ranges have ${counts}`, HINT);
  }
  return hostPorts.map((hostPort, index) => ({
    protocol: parseProtocol(protocol) ?? "tcp",
    hostAddress: address,
    hostPort,
    guestPort: guestPorts[index] ?? hostPort,
  }));
}

/**
 * Reads which rules are meant: a whole rule, or a port of the host (`8080`, `8080/udp`, `8000-8010`), which means
 * every rule that listens there.
 * @throws CubicError "invalid-value"
 */
export function parseSelectors(text: string): ForwardSelector[] {
  const [match, ports = "", protocol] = LISTENER.exec(text) ?? [];
  if (match === undefined) return parseForwards(text);
  const hostPorts = parsePorts(ports);
  if (!hostPorts) throw unreadable(text, "a port", "Ports are 1 to 65535.");
  const kind = parseProtocol(protocol);
  return hostPorts.map((hostPort) => ({ hostPort, ...(kind && { protocol: kind }) }));
}

/** True when the selector means that rule. */
export function isSelected(rule: PortForward, selector: ForwardSelector): boolean {
  const { protocol, hostAddress, hostPort, guestPort } = selector;
  return rule.hostPort === hostPort &&
    (protocol === undefined || rule.protocol === protocol) &&
    (hostAddress === undefined || rule.hostAddress === hostAddress) &&
    (guestPort === undefined || rule.guestPort === guestPort);
}

/** The selector as it may be typed: `8080`, `8080/udp`, `127.0.0.1:8080:80/tcp`. */
export function formatSelector(selector: ForwardSelector): string {
  const { protocol, hostAddress, hostPort, guestPort } = selector;
  const ports = guestPort === undefined ? `${hostPort}` : `${hostPort}:${guestPort}`;
  return `${hostAddress === undefined ? "" : `${hostAddress}:`}${ports}${
    protocol === undefined ? "" : `/${protocol}`
  }`;
}

/** The rule in its shortest full form: `127.0.0.1:8080:80/tcp`. */
export function formatForward(forward: PortForward): string {
  return formatRun([forward]);
}

/** The rules in that form, those that follow each other as ranges: `127.0.0.1:8000-8010:8000-8010/tcp`. */
export function formatForwards(forwards: readonly PortForward[]): string[] {
  return groupForwards(forwards, (rule) => rule).map(formatRun);
}

/** What belongs together in lists: neighbours whose ports follow each other, unless `apart` says otherwise. */
export function groupForwards<Item>(
  items: readonly Item[],
  ruleOf: (item: Item) => PortForward,
  apart: (a: Item, b: Item) => boolean = () => false,
): Item[][] {
  const runs: Item[][] = [];
  for (const item of items) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last !== undefined && follows(ruleOf(last), ruleOf(item)) && !apart(last, item)) {
      run?.push(item);
    } else runs.push([item]);
  }
  return runs;
}

/** True when it is one and the same rule. */
export function sameForward(a: PortForward, b: PortForward): boolean {
  return a.protocol === b.protocol && a.hostAddress === b.hostAddress &&
    a.hostPort === b.hostPort && a.guestPort === b.guestPort;
}

/** True when both rules would listen on the same port of the host. */
export function sameListener(a: PortForward, b: PortForward): boolean {
  const anywhere = a.hostAddress === "0.0.0.0" || b.hostAddress === "0.0.0.0";
  return a.protocol === b.protocol && a.hostPort === b.hostPort &&
    (anywhere || a.hostAddress === b.hostAddress);
}

/** Port numbers as text: `8080`, or `8000-8010`. */
export function formatPorts(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function formatRun(run: readonly PortForward[]): string {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last) return "";
  const host = formatPorts(first.hostPort, last.hostPort);
  const guest = formatPorts(first.guestPort, last.guestPort);
  return `${first.hostAddress}:${host}:${guest}/${first.protocol}`;
}

function follows(a: PortForward, b: PortForward): boolean {
  return a.protocol === b.protocol && a.hostAddress === b.hostAddress &&
    a.hostPort + 1 === b.hostPort && a.guestPort + 1 === b.guestPort;
}

function parsePorts(text: string): number[] | undefined {
  const [first = NaN, last = first] = text.split("-").map(Number);
  if (!isPort(first) || !isPort(last) || last < first) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function parseProtocol(text: string | undefined): PortForward["protocol"] | undefined {
  const lower = text?.toLowerCase();
  return lower === "tcp" || lower === "udp" ? lower : undefined;
}

function isAddress(text: string): boolean {
  return text.split(".").every((octet) => Number(octet) <= 255);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function unreadable(text: string, as: string, hint: string): CubicError {
  return new CubicError("invalid-value", `Cannot read ${JSON.stringify(text)} as ${as}`, { hint });
}

/** No QEMU has it: its net/slirp.c reads the host's address with inet_aton (QEMU issue 2876). */
function ipv6Error(text: string): CubicError {
  return new CubicError(
    "invalid-value",
    `Cannot forward ${JSON.stringify(text)}: QEMU listens on IPv4 addresses only`,
    {
      hint: "`cubic tunnel` can listen on IPv6, as in " +
        "`cubic tunnel web -L '[::1]:8080:localhost:80'`.",
    },
  );
}
