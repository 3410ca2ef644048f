/** A TCP relay on loopback that can be cut at any byte: a cable between a client and a server that stay alive. */

/** A running relay. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Bytes that have passed so far, both ways together. */
  readonly passed: number;
  /** Cuts every connection as soon as so many more bytes have passed. */
  cutAfter(bytes: number): void;
}

/** Starts one to a port of this machine. */
export function startRelay(to: number): Relay {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  let passed = 0;
  let limit = Infinity;
  const cut = (): void => {
    for (const connection of open) connection.close();
    open.clear();
  };
  const pass = async (from: Deno.TcpConn, into: Deno.TcpConn): Promise<void> => {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count; (count = await from.read(buffer)) !== null;) {
        const room = Math.min(count, limit - passed);
        passed += room;
        for (let rest = buffer.subarray(0, room); rest.length > 0;) {
          rest = rest.subarray(await into.write(rest));
        }
        if (passed >= limit) return cut();
      }
      await into.closeWrite();
    } catch {
      // One of the two has gone, or it was cut.
    }
  };
  const accepting = (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: to });
      const both = [client, server];
      both.forEach((connection) => (connection.setNoDelay(true), open.add(connection)));
      Promise.all([pass(client, server), pass(server, client)]).then(() => {
        for (const connection of both) if (open.delete(connection)) connection.close();
      });
    }
  })();
  return {
    port: listener.addr.port,
    get passed() {
      return passed;
    },
    cutAfter(bytes) {
      limit = passed + bytes;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      cut();
      await accepting;
    },
  };
}
