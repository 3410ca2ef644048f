import { equal } from "node:assert/strict";
import { releaseSent, SendRing } from "./send_ring.ts";

/** The same numbers in each run. */
function randomNumbers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
}

Deno.test("SendRing never gives out memory that is still waiting to be written", () => {
  const size = 10_000;
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomNumbers(seed);
    const ring = new SendRing(size);
    const waiting: { readonly bytes: Uint8Array; readonly mark: number }[] = [];
    for (let step = 0; step < 2000; step++) {
      if (random(100) < 55) {
        const bytes = ring.take(1 + random(random(4) === 0 ? 4000 : 50));
        const mark = 1 + step % 255;
        bytes.fill(mark);
        waiting.push({ bytes, mark });
      } else {
        // In the order they were taken; releasing a later one releases those before it.
        const count = Math.min(waiting.length, 1 + random(5));
        for (const { bytes, mark } of waiting.slice(0, count)) {
          equal(bytes.every((byte) => byte === mark), true, `seed ${seed}, step ${step}`);
        }
        const last = waiting.splice(0, count).findLast(({ bytes }) =>
          bytes.buffer.byteLength === size
        );
        if (last) releaseSent(last.bytes);
      }
    }
  }
});

Deno.test("SendRing uses the same memory again, and memory of its own when it is full", () => {
  const ring = new SendRing(100);
  const first = ring.take(60);
  releaseSent(first);
  equal(ring.take(60).byteOffset, 0);
  equal(ring.take(40).byteOffset, 60);
  const beside = ring.take(1);
  equal(beside.buffer === first.buffer, false);
  releaseSent(beside);
  equal(ring.take(1).buffer === first.buffer, false);
});
