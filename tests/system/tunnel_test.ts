/** Tunnels through a real OpenSSH server. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { CubicError } from "../../core/errors.ts";
import type { Progress } from "../../core/progress.ts";
import { connect } from "../../core/ssh/client.ts";
import { serveTunnels } from "../../core/ssh/tunnel.ts";
import { parseProxy, parseTunnel, type TunnelSpec } from "../../core/ssh/tunnel_spec.ts";
import { freePort, type Sshd, startSshd } from "../support/sshd.ts";

/** Tunnels that are open. */
interface Served extends AsyncDisposable {
  /** The port that the tunnel of that number got. */
  port(index: number): number;
  readonly events: Progress[];
  /** As by Ctrl-C; returns what the tunnels ended with. */
  end(): Promise<unknown>;
  readonly over: Promise<unknown>;
}

async function serve(sshd: Sshd, specs: readonly TunnelSpec[]): Promise<Served> {
  const controller = new AbortController();
  const connection = await connect(sshd.target, { signal: controller.signal });
  const ready = Promise.withResolvers<readonly TunnelSpec[]>();
  const events: Progress[] = [];
  const over = serveTunnels(connection, specs, {
    signal: controller.signal,
    report: (event) => void events.push(event),
    onReady: ready.resolve,
  }).catch((error) => error);
  const failed = over.then((error) => Promise.reject(error));
  failed.catch(() => {});
  const close = async (): Promise<unknown> => {
    controller.abort();
    const error = await over;
    connection.close();
    await connection.closed;
    return error;
  };
  try {
    const open = await Promise.race([ready.promise, failed]);
    return {
      port: (index) => open[index]?.listen.port ?? 0,
      events,
      end: close,
      over,
      [Symbol.asyncDispose]: async () => void await close(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A server that says how many bytes it got once its client has sent them all, and then `answer` more. */
function counter(answer = 0): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serveOne = async (connection: Deno.Conn): Promise<void> => {
    let count = 0;
    const buffer = new Uint8Array(64 * 1024);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      count += n;
    }
    await send(connection, new TextEncoder().encode(`${count}\n`));
    await send(connection, new Uint8Array(answer));
    connection.close();
  };
  (async () => {
    for await (const connection of listener) serveOne(connection).catch(() => {});
  })().catch(() => {});
  return listener;
}

async function send(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
}

async function readAll(connection: Deno.Conn): Promise<Uint8Array> {
  return new Uint8Array(await new Response(connection.readable).arrayBuffer());
}

/** Sends that many bytes, says that this was all, and returns what comes back. */
async function converse(port: number, bytes: number, first?: Uint8Array): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  if (first) await send(connection, first);
  await send(connection, new Uint8Array(bytes));
  await connection.closeWrite();
  return new TextDecoder().decode(await readAll(connection));
}

const LARGE = 8 * 1024 * 1024;

Deno.test("-L passes bytes both ways, and the end of one direction leaves the other open", async () => {
  await using sshd = await startSshd();
  using target = counter();
  const text = `0:127.0.0.1:${target.addr.port}`;
  await using tunnels = await serve(sshd, [parseTunnel("local", text)]);
  equal(await converse(tunnels.port(0), 5), "5\n");
  equal(await converse(tunnels.port(0), 0), "0\n");
  equal(await converse(tunnels.port(0), LARGE), `${LARGE}\n`);
  const many = Array.from({ length: 20 }, (_, index) => converse(tunnels.port(0), index * 1000));
  deepEqual(await Promise.all(many), many.map((_, index) => `${index * 1000}\n`));
});

Deno.test("-L makes a sender wait for a reader who takes his time", async () => {
  await using sshd = await startSshd();
  using target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const text = `0:127.0.0.1:${target.addr.port}`;
  await using tunnels = await serve(sshd, [parseTunnel("local", text)]);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: tunnels.port(0) });
  const server = await target.accept();
  // Far more than the sockets, the channel's window and the server's buffers hold together.
  const most = 256 * 1024 * 1024;
  let sent = 0;
  const chunk = new Uint8Array(1024 * 1024);
  const sending = (async () => {
    while (sent < most) sent += await client.write(chunk);
  })().catch(() => {});
  let before = -1;
  while (sent !== before) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  ok(sent > 0 && sent < most, `${sent} bytes were taken and nobody has read one`);
  server.close();
  await sending;
});

Deno.test("-R has the guest listen and leads to this host", async () => {
  await using sshd = await startSshd();
  using target = counter();
  const closed = freePort();
  await using tunnels = await serve(sshd, [
    parseTunnel("remote", `0:127.0.0.1:${target.addr.port}`),
    parseTunnel("remote", `0:localhost:${closed}`),
  ]);
  ok(tunnels.port(0) > 0 && tunnels.port(0) !== tunnels.port(1));
  equal(await converse(tunnels.port(0), LARGE), `${LARGE}\n`);
  equal(await converse(tunnels.port(1), 0).catch(() => ""), "");
  const [warning] = tunnels.events.filter(({ kind }) => kind === "warning");
  match(
    String(warning && "text" in warning && warning.text),
    new RegExp(`localhost:${closed} failed`),
  );
});

/** A SOCKS 5 greeting and a request for a host by name. */
function socks(host: string, port: number): Uint8Array {
  const name = new TextEncoder().encode(host);
  return new Uint8Array([5, 1, 0, 5, 1, 0, 3, name.length, ...name, port >> 8, port & 255]);
}

Deno.test("-D is a SOCKS 5 proxy that connects to what is asked for, and says when it can't", async () => {
  await using sshd = await startSshd();
  using target = counter();
  await using tunnels = await serve(sshd, [parseProxy("0")]);
  const accepted = "\x05\x00" + "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
  const request = socks("127.0.0.1", target.addr.port);
  equal(await converse(tunnels.port(0), 1000, request), `${accepted}1000\n`);
  const refused = await converse(tunnels.port(0), 0, socks("127.0.0.1", freePort()));
  equal(refused.slice(0, 4), "\x05\x00\x05\x05");
  equal(await converse(tunnels.port(0), 0, new TextEncoder().encode("GET / HTTP/1.1\n\n")), "");
});

Deno.test("a guest that refuses closes that connection only", async () => {
  await using sshd = await startSshd();
  using target = counter();
  const closed = freePort();
  await using tunnels = await serve(sshd, [
    parseTunnel("local", `0:127.0.0.1:${closed}`),
    parseTunnel("local", `0:127.0.0.1:${target.addr.port}`),
  ]);
  equal(await converse(tunnels.port(0), 0).catch(() => ""), "");
  match(JSON.stringify(tunnels.events), /127\.0\.0\.1:\d+ failed: .*refused/i);
  equal(await converse(tunnels.port(1), 3), "3\n");
});

Deno.test("when one tunnel can't be opened none is, and the message says which", async () => {
  await using sshd = await startSshd();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const free = freePort();
  const specs = [`${free}:localhost:1`, `${taken.addr.port}:localhost:1`];
  await rejects(serve(sshd, specs.map((text) => parseTunnel("local", text))), {
    code: "port-taken",
    message: `Cannot listen on 127.0.0.1:${taken.addr.port}: it is taken`,
  });
  Deno.listen({ hostname: "127.0.0.1", port: free }).close();
  const nowhere = parseTunnel("local", "192.0.2.1:0:localhost:1");
  await rejects(serve(sshd, [nowhere]), { code: "invalid-value" });
  // A guest listens on both loopback addresses, and one of them would do.
  using _other = Deno.listen({ hostname: "::1", port: taken.addr.port });
  const twice = parseTunnel("remote", `${taken.addr.port}:localhost:1`);
  await rejects(serve(sshd, [twice]), { code: "ssh-failed", message: /Cannot listen on port/ });
});

Deno.test("Ctrl-C closes listeners and connections", async () => {
  await using sshd = await startSshd();
  using target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const text = `0:127.0.0.1:${target.addr.port}`;
  const tunnels = await serve(sshd, [parseTunnel("local", text)]);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: tunnels.port(0) });
  using server = await target.accept();
  const error = await tunnels.end();
  ok(error instanceof CubicError && error.code === "interrupted");
  equal(await client.read(new Uint8Array(1)).catch(() => null), null);
  equal(await server.read(new Uint8Array(1)).catch(() => null), null);
  await rejects(Deno.connect({ hostname: "127.0.0.1", port: tunnels.port(0) }));
});

Deno.test("tunnels end with an error when the connection is lost", async () => {
  await using sshd = await startSshd();
  await using tunnels = await serve(sshd, [parseProxy("0")]);
  await sshd.killConnections();
  const error = await tunnels.over;
  ok(error instanceof CubicError && error.code === "ssh-failed");
  match(error.message, /the connection was lost/);
});
