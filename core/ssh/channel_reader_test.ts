import { deepEqual, equal } from "node:assert/strict";
import { Readable } from "node:stream";
import { ChannelReader } from "./channel_reader.ts";

interface Output {
  readonly reader: ChannelReader;
  readonly rooms: () => number;
  /** Hands bytes over in memory that is overwritten right after, as a connection does. */
  send(...bytes: number[]): void;
  end(): void;
}

function output(): Output {
  const stream = new Readable({ read: () => {} });
  let rooms = 0;
  const reader = new ChannelReader(stream, () => rooms++);
  return {
    reader,
    rooms: () => rooms,
    send: (...bytes) => {
      const lent = Uint8Array.from(bytes);
      reader.accept(lent);
      lent.fill(0xee);
    },
    end: () => stream.push(null),
  };
}

Deno.test("ChannelReader.read() gives what came, and undefined at the end", async () => {
  const { reader, send, end } = output();
  send(1, 2);
  send(3);
  deepEqual(await reader.read(), Uint8Array.of(1, 2, 3));
  const later = reader.read();
  send(4);
  const kept = await later;
  send(5);
  end();
  deepEqual(await reader.read(), Uint8Array.of(5));
  equal(await reader.read(), undefined);
  equal(await reader.read(), undefined);
  deepEqual(kept, Uint8Array.of(4), "what was given out changes no more");
  await reader.finished;
});

Deno.test("ChannelReader.fill() fills from the queue and from what comes, in order", async () => {
  const { reader, send, end } = output();
  send(1, 2, 3);
  const [a, b, c] = [new Uint8Array(2), new Uint8Array(3), new Uint8Array(4)];
  const fills = [reader.fill(a), reader.fill(b), reader.fill(c)];
  send(4);
  send(5, 6);
  end();
  deepEqual(await Promise.all(fills), [2, 3, 1]);
  deepEqual([...a, ...b, ...c], [1, 2, 3, 4, 5, 6, 0, 0, 0]);
  equal(await reader.fill(new Uint8Array(1)), 0);
});

Deno.test("ChannelReader.fill() leaves the rest for the next read", async () => {
  const { reader, send } = output();
  const into = new Uint8Array(2);
  const filled = reader.fill(into);
  send(1, 2, 3, 4);
  equal(await filled, 2);
  deepEqual(await reader.read(), Uint8Array.of(3, 4));
  equal(await reader.fill(new Uint8Array(0)), 0);
});

Deno.test("ChannelReader is full at 1 MiB and says when there is room again", async () => {
  const { reader, rooms } = output();
  const block = crypto.getRandomValues(new Uint8Array(32_768));
  for (let count = 0; count < 31; count++) reader.accept(block);
  equal(reader.full, false);
  reader.accept(block);
  reader.accept(block);
  equal(reader.full, true);
  for (let got = 0; got < 33 * block.length;) {
    const bytes = (await reader.read())!;
    for (let at = 0; at < bytes.length; at += 1001) {
      equal(bytes[at], block[(got + at) % block.length]);
    }
    got += bytes.length;
  }
  equal(reader.full, false);
  equal(rooms(), 1);
});

Deno.test("ChannelReader.discard() drops what waits and what comes", async () => {
  const { reader, send, rooms } = output();
  reader.accept(new Uint8Array(2 ** 20));
  reader.discard();
  equal(rooms(), 1);
  send(1);
  equal(reader.full, false);
  equal(await reader.read(), undefined);
  await reader.finished;
});

Deno.test("ChannelReader.discard() ends reads that are waiting", async () => {
  const filling = output();
  filling.send(1);
  const fill = filling.reader.fill(new Uint8Array(5));
  filling.reader.discard();
  equal(await fill, 1);
  const reading = output();
  const read = reading.reader.read();
  reading.reader.discard();
  equal(await read, undefined);
});
