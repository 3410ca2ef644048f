/** A loopback HTTP proxy: absolute URLs and CONNECT (RFC 9110, 9.3.6), whatever the host, to servers of the test. */

/** A running proxy. */
export interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** The first line of each request that it got. */
  readonly requests: readonly string[];
}

/** Where the proxy takes its clients, instead of the host that they name. */
export interface ProxyTargets {
  /** The port of a plain server on this machine. */
  readonly http: number;
  /** The port of a TLS server on this machine. */
  readonly https: number;
}

/** Starts one. */
export function startProxy(targets: ProxyTargets): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const serve = async (client: Deno.TcpConn): Promise<void> => {
    open.add(client);
    try {
      const head = await readHead(client);
      const [line = "", ...headers] = head.split("\r\n");
      requests.push(line);
      const tunnel = line.startsWith("CONNECT ");
      const port = tunnel ? targets.https : targets.http;
      using server = await Deno.connect({ hostname: "127.0.0.1", port });
      if (tunnel) await write(client, "HTTP/1.1 200 Connection established\r\n\r\n");
      else await write(server, [originForm(line), "connection: close", ...headers].join("\r\n"));
      await Promise.allSettled([
        client.readable.pipeTo(server.writable, { preventCancel: true }),
        server.readable.pipeTo(client.writable, { preventCancel: true }),
      ]);
    } catch {
      // The client went away; the test sees what came of it.
    } finally {
      open.delete(client);
    }
  };
  const accepting = (async () => {
    for await (const client of listener) void serve(client);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const client of open) closeQuietly(client);
    },
  };
}

/** The head of a request, up to and with its blank line. */
async function readHead(client: Deno.TcpConn): Promise<string> {
  const byte = new Uint8Array(1);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    if (await client.read(byte) === null) throw new Error("the head is cut");
    head += String.fromCharCode(byte[0] ?? 0);
  }
  return head;
}

/** `GET http://host/path HTTP/1.1` as the server itself wants it. */
function originForm(line: string): string {
  return line.replace(/ http:\/\/[^/ ]+/, " ");
}

async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed by its own end.
  }
}
