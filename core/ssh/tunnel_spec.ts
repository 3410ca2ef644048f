/** Tunnels as OpenSSH's -L, -R and -D write them (ssh(1)); addresses with colons stand in brackets. */
import { CubicError } from "../errors.ts";

/**
 * local: the host listens, the guest connects. remote: the guest listens, the host connects. dynamic: the host listens
 * as a SOCKS 5 proxy, the guest connects to whatever is asked for.
 */
export type TunnelKind = "local" | "remote" | "dynamic";

/** A host name or address, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One tunnel. */
export interface TunnelSpec {
  readonly kind: TunnelKind;
  /** Where connections are taken; port 0 is any that is free. */
  readonly listen: Endpoint;
  /** Where they lead; undefined for a proxy. */
  readonly target?: Endpoint;
}

const HOST = "\\[[\\da-fA-F:.%\\w]+\\]|[^\\s:\\[\\]/,]+";
const LISTEN = `(?:(${HOST}|\\*|):)?(\\d{1,5})`;
const FORWARD = new RegExp(`^${LISTEN}:(${HOST}):(\\d{1,5})$`);
const PROXY = new RegExp(`^${LISTEN}$`);

/** Nobody but this machine gets in, unless another address is asked for. */
const LOOPBACK = "127.0.0.1";
const EVERYWHERE = "0.0.0.0";

/**
 * Reads the value of -L or -R: `[bind:]port:host:hostport`.
 * @throws CubicError "invalid-value"
 */
export function parseTunnel(kind: "local" | "remote", text: string): TunnelSpec {
  const [match, bind, port, host = "", targetPort] = FORWARD.exec(text) ?? [];
  const [listenPort, hostPort] = [Number(port), Number(targetPort)];
  if (match === undefined || listenPort > 65535 || hostPort > 65535 || hostPort === 0) {
    throw unreadable(text, "[BIND:]PORT:HOST:HOST_PORT, as in 8080:localhost:80");
  }
  const listen = { host: bindAddress(bind), port: listenPort };
  return { kind, listen, target: { host: unbracketed(host), port: hostPort } };
}

/**
 * Reads the value of -D: `[bind:]port`.
 * @throws CubicError "invalid-value"
 */
export function parseProxy(text: string): TunnelSpec {
  const [match, bind, port] = PROXY.exec(text) ?? [];
  if (match === undefined || Number(port) > 65535) {
    throw unreadable(text, "[BIND:]PORT, as in 1080");
  }
  return { kind: "dynamic", listen: { host: bindAddress(bind), port: Number(port) } };
}

/** `localhost:80`, `[::1]:80`. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** As with ssh, an empty address or an asterisk stands for all. */
function bindAddress(bind: string | undefined): string {
  if (bind === undefined) return LOOPBACK;
  return bind === "" || bind === "*" ? EVERYWHERE : unbracketed(bind);
}

function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function unreadable(text: string, form: string): CubicError {
  return new CubicError("invalid-value", `Cannot read ${JSON.stringify(text)} as a tunnel`, {
    hint: `Write ${form}; IPv6 addresses stand in brackets.`,
  });
}
