/** Receiving a known number of bytes: while some are being written, the next ones are already coming in. */
import type { ByteSink } from "./route.ts";

const BUFFERS = 6;
/** Progress comes in these steps, so a slow link must get through one before it counts as stalled. */
const BUFFER = 512 * 1024;

/**
 * Passes `size` bytes on to a sink, in pieces of 512 KiB, and returns how many there were: fewer when `fill` came to an end.
 * `fill` is asked for the next pieces before it is done with one.
 */
export async function receiveBody(
  size: number,
  fill: (into: Uint8Array) => Promise<number>,
  sink: ByteSink,
  moved: (done: number) => void,
): Promise<number> {
  const free = Array.from(
    { length: Math.min(BUFFERS, Math.ceil(size / BUFFER)) },
    () => new Uint8Array(Math.min(BUFFER, size)),
  );
  const coming: { buffer: Uint8Array<ArrayBuffer>; piece: Uint8Array; count: Promise<number> }[] =
    [];
  let writing = Promise.resolve();
  let [asked, got] = [0, 0];
  try {
    while (got < size) {
      while (asked < size && free.length > 0) {
        const buffer = free.pop()!;
        const piece = buffer.subarray(0, size - asked);
        coming.push({ buffer, piece, count: fill(piece) });
        asked += piece.length;
      }
      const { buffer, piece, count } = coming.shift()!;
      const length = await count;
      await writing;
      got += length;
      if (length < piece.length) break;
      writing = sink.write(piece).then(() => void free.push(buffer));
      // Looked at when its turn comes.
      writing.catch(() => {});
      moved(got);
    }
    await writing;
  } finally {
    // The sink is closed after this, and must not be under a write.
    await writing.catch(() => {});
  }
  return got;
}
