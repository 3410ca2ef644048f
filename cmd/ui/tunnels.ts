/** Open tunnels as people and programs see them. Pure. */
import { formatEndpoint, type TunnelSpec } from "../../core/ssh/tunnel_spec.ts";

/** In the form that `--json` promises. */
export function describeTunnel({ kind, listen, target }: TunnelSpec): Record<string, unknown> {
  return {
    kind,
    listenHost: listen.host,
    listenPort: listen.port,
    targetHost: target?.host ?? null,
    targetPort: target?.port ?? null,
  };
}

/** A line for each, and how to end them. */
export function renderTunnels(tunnels: readonly TunnelSpec[], name: string): string {
  return [...tunnels.map((tunnel) => sentence(tunnel, name)), "Ctrl-C closes everything."]
    .join("\n");
}

function sentence({ kind, listen, target }: TunnelSpec, name: string): string {
  const here = formatEndpoint(listen);
  if (!target) return `${here} is a SOCKS 5 proxy into the network of ${name}`;
  const there = formatEndpoint(target);
  return kind === "local"
    ? `${here} leads to ${there} as ${name} sees it`
    : `${here} in ${name} leads to ${there} as this host sees it`;
}
