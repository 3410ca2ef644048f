import { deepEqual, equal, rejects } from "node:assert/strict";
import { receiveBody } from "./receive_body.ts";

const MIB = 2 ** 20;

/** Numbers every byte, and notes how many pieces are asked for at once. */
function counting(end = Infinity): {
  readonly fill: (into: Uint8Array) => Promise<number>;
  readonly most: () => number;
} {
  let [next, waiting, most] = [0, 0, 0];
  const fill = async (into: Uint8Array): Promise<number> => {
    const from = next;
    next += into.length;
    most = Math.max(most, ++waiting);
    await new Promise((resolve) => setTimeout(resolve, 0));
    waiting--;
    const length = Math.max(0, Math.min(into.length, end - from));
    for (let at = 0; at < length; at++) into[at] = (from + at) % 251;
    return length;
  };
  return { fill, most: () => most };
}

for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 7 * MIB + 5]) {
  Deno.test(`receiveBody() passes ${size} bytes on in order, under a sink that takes its time`, async () => {
    let writing = 0;
    let got = 0;
    const sink = {
      write: async (bytes: Uint8Array) => {
        equal(++writing, 1, "one write at a time");
        await new Promise((resolve) => setTimeout(resolve, 2));
        for (const byte of bytes) equal(byte, got++ % 251);
        writing--;
      },
    };
    const { fill, most } = counting();
    const moved: number[] = [];
    equal(await receiveBody(size, fill, sink, (done) => moved.push(done)), size);
    equal(got, size);
    equal(moved.at(-1) ?? 0, size);
    equal(most() <= 6, true);
  });
}

Deno.test("receiveBody() says how much there was when the source ends early", async () => {
  let got = 0;
  const sink = { write: (bytes: Uint8Array) => Promise.resolve(void (got += bytes.length)) };
  equal(await receiveBody(5 * MIB, counting(2 * MIB + 3).fill, sink, () => {}), 2 * MIB + 3);
  equal(got, 2 * MIB);
});

Deno.test("receiveBody() fails with its sink, and no write is left under way", async () => {
  const finished: string[] = [];
  let count = 0;
  const sink = {
    write: async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      finished.push(`write ${++count}`);
      if (count === 2) throw new Error("disk full");
    },
  };
  await rejects(receiveBody(9 * MIB, counting().fill, sink, () => {}), /disk full/);
  deepEqual(finished, ["write 1", "write 2"]);
});
