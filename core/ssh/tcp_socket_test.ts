import { deepEqual, equal } from "node:assert/strict";
import { once } from "node:events";
import { SendRing } from "./send_ring.ts";
import { TcpSocket } from "./tcp_socket.ts";

interface Line extends Disposable {
  readonly socket: TcpSocket;
  readonly peer: Deno.TcpConn;
}

/** A socket of ours, and the other end of its connection. */
async function connected(seen = ""): Promise<Line> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const [peer, socket] = [await accepted, new TcpSocket(connection, text(seen))];
  return {
    socket,
    peer,
    [Symbol.dispose]: () => {
      socket.destroy();
      try {
        peer.close();
      } catch {
        // The test closed it.
      }
    },
  };
}

const text = (of: string): Uint8Array => new TextEncoder().encode(of);

async function readAll(peer: Deno.TcpConn): Promise<Uint8Array> {
  return new Uint8Array(await new Response(peer.readable).arrayBuffer());
}

Deno.test("TcpSocket writes everything in order, from a ring and from anywhere, and then ends", async () => {
  using line = await connected();
  const ring = new SendRing(300_000);
  const expected: number[] = [];
  const received = readAll(line.peer);
  for (let turn = 0; turn < 300; turn++) {
    const bytes = turn % 3 === 0 ? new Uint8Array(turn) : ring.take(1 + (turn * 7919) % 9000);
    crypto.getRandomValues(bytes);
    for (const byte of bytes) expected.push(byte);
    line.socket.write(bytes);
    if (turn % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  line.socket.end().end();
  equal(line.socket.write(text("late")), false);
  line.socket.resume();
  const closed = once(line.socket, "close");
  deepEqual(await received, Uint8Array.from(expected));
  await closed;
});

Deno.test("TcpSocket joins what is written in one turn", async () => {
  const writes: string[] = [];
  const connection = {
    write: (bytes: Uint8Array) => {
      writes.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  };
  const socket = new TcpSocket(connection as unknown as Deno.TcpConn, text(""));
  for (const part of ["length", "body", "tag"]) socket.write(text(part));
  await new Promise((resolve) => setTimeout(resolve, 0));
  deepEqual(writes, ["lengthbodytag"]);
});

Deno.test("TcpSocket emits what was read before, what comes, and the end", async () => {
  using line = await connected("banner ");
  const got: string[] = [];
  const ended = once(line.socket, "close");
  line.socket.resume();
  line.socket.on("data", (bytes: Uint8Array) => got.push(new TextDecoder().decode(bytes)));
  line.socket.on("end", () => got.push("<end>"));
  line.socket.reuseReads();
  await line.peer.write(text("more"));
  line.peer.close();
  await ended;
  equal(got.join(""), "banner more<end>");
  equal(line.socket._readableState.ended, true);
  equal(line.socket.writable, false);
});

Deno.test("TcpSocket gives each read memory of its own until it may use one again", async () => {
  using line = await connected();
  const got: Uint8Array[] = [];
  line.socket.on("data", (bytes: Uint8Array) => got.push(bytes));
  line.socket.resume();
  const expected: string[] = [];
  for (let count = 0; count < 40; count++) {
    expected.push(String(count % 10).repeat(9000));
    await line.peer.write(text(expected[count]!));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (got.reduce((sum, { length }) => sum + length, 0) < 360_000) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  equal(got.map((bytes) => new TextDecoder().decode(bytes)).join("") === expected.join(""), true);
  line.socket.reuseReads();
  // The read that is under way still has its own memory.
  const [before, reused] = [got.length, [] as ArrayBufferLike[]];
  for (let count = 0; count < 4; count++) {
    await line.peer.write(text("x"));
    while (got.length <= before + count) await new Promise((resolve) => setTimeout(resolve, 1));
    reused.push(got.at(-1)!.buffer);
  }
  equal(reused[2] === reused[3] && got.at(-1)!.byteOffset === got.at(-2)!.byteOffset, true);
});

Deno.test("TcpSocket emits nothing while it is paused", async () => {
  using line = await connected();
  let got = 0;
  line.socket.on("data", (bytes: Uint8Array) => {
    got += bytes.length;
    line.socket.pause();
  });
  line.socket.resume();
  await line.peer.write(text("one"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await line.peer.write(text("two!"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  equal(got, 3);
  line.socket.resume();
  await new Promise((resolve) => setTimeout(resolve, 20));
  equal(got, 7);
});

Deno.test("TcpSocket.destroy() ends a write nobody reads, without an error", async () => {
  using line = await connected();
  const events: string[] = [];
  for (const name of ["error", "close"]) line.socket.on(name, () => events.push(name));
  line.socket.resume();
  for (let count = 0; count < 64; count++) line.socket.write(new Uint8Array(1 << 20));
  await new Promise((resolve) => setTimeout(resolve, 20));
  line.socket.destroy().destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  deepEqual(events, ["close"]);
});

Deno.test("TcpSocket tells of a connection that breaks, once", async () => {
  using line = await connected();
  const events: string[] = [];
  for (const name of ["error", "end", "close"]) line.socket.on(name, () => events.push(name));
  const closed = new Promise<void>((resolve) => line.socket.on("close", resolve));
  line.socket.resume();
  await line.peer.write(text("never read"));
  for (let count = 0; count < 64; count++) line.socket.write(new Uint8Array(1 << 20));
  // Closing with unread bytes resets the connection.
  line.peer.close();
  await closed;
  equal(events.filter((name) => name === "close").length, 1);
  equal(events.at(-1), "close");
});
