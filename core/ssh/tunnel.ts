/** Tunnels through one connection to a guest: what `ssh -N` does with -L, -R and -D. */
import { CubicError, interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { SshConnection } from "./client.ts";
import { closeQuietly, relay } from "./relay.ts";
import { acceptSocks, SOCKS_REPLY, socksReply } from "./socks.ts";
import { type Endpoint, formatEndpoint, type TunnelSpec } from "./tunnel_spec.ts";

/** What came of the connections is reported; `onReady` is told what really listens. */
export interface TunnelOptions extends Operation {
  readonly onReady: (tunnels: readonly TunnelSpec[]) => void | Promise<void>;
}

/** How long a client of the proxy may take to say what it wants, and the host to connect to the target of -R. */
const GREETING_MS = 10_000;
const CONNECT_MS = 30_000;

/**
 * Opens all tunnels and serves them until the signal is aborted or the connection ends; then everything is closed.
 * @throws CubicError "port-taken", "invalid-value", "ssh-failed", and at last always "interrupted" or "ssh-failed".
 */
export async function serveTunnels(
  connection: SshConnection,
  specs: readonly TunnelSpec[],
  options: TunnelOptions,
): Promise<never> {
  using tunnels = new Tunnels(connection, options);
  const open: TunnelSpec[] = [];
  for (const spec of specs) open.push(await tunnels.open(spec));
  await options.onReady(open);
  const { signal } = options;
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve(), { once: true });
  if (!signal.aborted) await Promise.race([aborted.promise, connection.closed]);
  if (signal.aborted) throw interrupted();
  throw new CubicError("ssh-failed", "Cannot keep the tunnels open: the connection was lost", {
    hint: "`cubic instances` shows whether the machine still runs.",
  });
}

/** Everything that is open at the moment. */
class Tunnels implements Disposable {
  readonly #connection: SshConnection;
  readonly #options: TunnelOptions;
  readonly #open = new Set<Deno.Listener | Deno.Conn>();

  constructor(connection: SshConnection, options: TunnelOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Opens one; returns it with the port it got. */
  async open(spec: TunnelSpec): Promise<TunnelSpec> {
    const { kind, listen, target } = spec;
    const port = kind === "remote" && target
      ? await this.#listenInGuest(listen, target)
      : this.#listenHere(spec);
    return { ...spec, listen: { ...listen, port } };
  }

  [Symbol.dispose](): void {
    for (const closer of this.#open) closeQuietly(closer as Deno.Conn);
  }

  #listenHere({ listen, target }: TunnelSpec): number {
    const listener = listenOn(listen);
    this.#open.add(listener);
    this.#acceptAll(listener, target);
    return listener.addr.port;
  }

  async #acceptAll(
    listener: Deno.TcpListener,
    target: Endpoint | undefined,
  ): Promise<void> {
    try {
      for await (const client of listener) {
        this.#serve(client, () => target ? this.#forward(client, target) : this.#proxy(client));
      }
    } catch {
      // The listener was closed.
    }
  }

  async #listenInGuest(listen: Endpoint, target: Endpoint): Promise<number> {
    // "localhost" is what ssh sends: a guest listens on both loopback addresses then; "" is everywhere.
    const names: Readonly<Record<string, string>> = { "127.0.0.1": "localhost", "0.0.0.0": "" };
    const address = names[listen.host] ?? listen.host;
    return await this.#connection.listenTcp(address, listen.port, async ({ accept, reject }) => {
      try {
        const signal = AbortSignal.timeout(CONNECT_MS);
        const client = await Deno.connect({ hostname: target.host, port: target.port, signal });
        this.#serve(client, () => relay(client, accept()));
      } catch (error) {
        reject();
        this.#complain(target, error);
      }
    });
  }

  async #serve(client: Deno.TcpConn, action: () => Promise<void>): Promise<void> {
    this.#open.add(client);
    try {
      client.setNoDelay(true);
      await action();
    } catch (error) {
      this.#options.report({
        kind: "debug",
        text: error instanceof Error ? error.message : String(error),
      });
    } finally {
      this.#open.delete(client);
      closeQuietly(client);
    }
  }

  async #forward(client: Deno.TcpConn, target: Endpoint): Promise<void> {
    try {
      const channel = await this.#connection.openTcp(target.host, target.port);
      await relay(client, channel);
    } catch (error) {
      this.#complain(target, error);
    }
  }

  async #proxy(client: Deno.TcpConn): Promise<void> {
    const late = setTimeout(() => closeQuietly(client), GREETING_MS);
    const request = await acceptSocks(client).finally(() => clearTimeout(late));
    if (!request) return;
    const { target, rest } = request;
    try {
      const channel = await this.#connection.openTcp(target.host, target.port);
      await client.write(socksReply(SOCKS_REPLY.succeeded));
      await relay(client, channel, rest);
    } catch (error) {
      await client.write(socksReply(SOCKS_REPLY.refused)).catch(() => {});
      this.#complain(target, error);
    }
  }

  #complain(target: Endpoint, error: unknown): void {
    if (this.#options.signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    const text = `A connection to ${formatEndpoint(target)} failed: ${why}`;
    this.#options.report({ kind: "warning", text });
  }
}

function listenOn({ host, port }: Endpoint): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port });
  } catch (error) {
    const where = formatEndpoint({ host, port });
    if (error instanceof Deno.errors.AddrInUse) {
      throw new CubicError("port-taken", `Cannot listen on ${where}: it is taken`, {
        hint:
          `\`ss -ltnp | grep ${port}\` (or \`lsof -i :${port}\`) shows by what; port 0 is any that is free.`,
        cause: error,
      });
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new CubicError("invalid-value", `Cannot listen on ${where}: only root may`, {
        hint: "Use a port from 1024 up.",
        cause: error,
      });
    }
    throw new CubicError(
      "invalid-value",
      `Cannot listen on ${where}: this host has no such address`,
      {
        cause: error,
      },
    );
  }
}
