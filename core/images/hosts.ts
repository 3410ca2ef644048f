/**
 * Where a distribution may fetch from. Its own hosts over https; the mirror the user chose, as the user wrote it.
 * Built-in distros are trusted with where their vendor's server sends us; what a user added is a stranger's program,
 * and must not be able to make cubic knock at the doors of the network it runs in (OWASP calls it SSRF).
 */
import { lookup } from "node:dns/promises";
import type { App, KnownDistro } from "../app.ts";
import { CubicError } from "../errors.ts";
import { isPrivateAddress } from "./addresses.ts";

/** How a URL was come by. */
export interface Way {
  /** A server sent us there. */
  readonly redirected?: boolean;
}

/**
 * Checks a URL before anything is sent to it.
 * @throws CubicError "network" saying what is wrong with it.
 */
export async function requireAllowed(
  app: Pick<App, "config">,
  distro: KnownDistro,
  text: string,
  way: Way = {},
): Promise<void> {
  const url = URL.parse(text);
  const refuse = (why: string, hint?: string): never => {
    const place = url && url.username + url.password !== "" ? url.host : text;
    throw new CubicError("network", `Cannot fetch ${place}: ${why}`, hint ? { hint } : {});
  };
  if (!url) return refuse("it is no URL");
  if (url.username + url.password !== "") return refuse("it holds a name or a password");
  const mirror = URL.parse(app.config.mirror[distro.name] ?? "");
  if (mirror && url.protocol === mirror.protocol && url.host === mirror.host) return;

  const declared = [URL.parse(distro.baseUrl)?.host, ...distro.hosts].includes(url.host);
  // The vendor's own server may name any other, over https: many send large files to mirrors nobody declares.
  const sent = way.redirected === true && !distro.added && url.protocol === "https:";
  if (!declared && !sent) return refuse(`it is on none of the hosts of ${distro.title}`);
  const local = isLoopback(url) && (!distro.added || distro.added.allowLoopback);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local)) {
    return refuse(
      "only https is safe",
      `To use a mirror without https all the same: \`cubic config set mirror.${distro.name} URL\`.`,
    );
  }
  if (!distro.added || local) return;
  if (await leadsInside(url.hostname)) return refuse("it leads into a private network");
}

/** True for a host name that can only be this machine. */
export function isLoopback({ hostname }: Pick<URL, "hostname">): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/**
 * True when the name or address is that of a private place. A name is looked up as the system does; one that can't
 * be is left to the fetch, which may have a proxy to ask.
 */
async function leadsInside(hostname: string): Promise<boolean> {
  const literal = hostname.replace(/^\[|\]$/g, "");
  if (/^[\d.]+$|:/.test(literal)) return isPrivateAddress(literal);
  if (/(^|\.)(localhost|local|internal|home\.arpa)\.?$/.test(hostname)) return true;
  try {
    const found = await lookup(hostname, { all: true });
    return found.some(({ address }) => isPrivateAddress(address));
  } catch {
    return false;
  }
}
