/** From the body of an answer into the file: in large blocks, the next one filling while the last one is written. */
import type { Part } from "./part.ts";
import type { Segment } from "./segment.ts";
import type { Watch } from "./watch.ts";

/** Where a body goes. */
export interface Destination {
  readonly part: Part;
  readonly segment: Segment;
  /** The place in the file of the body's first byte. */
  readonly from: number;
  readonly watch: Watch;
  /** Told after each block that is on the disk. */
  readonly onWritten: () => void;
}

/** Large enough that few calls are made, small enough to stay in the processor's cache. */
const BLOCK = 512 * 1024;

/**
 * Reads until the segment is full or the body ends; what came is on the disk even when it throws.
 * @throws the errors of reading the body, and of writing the file
 */
export async function receive(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  { part, segment, from, watch, onWritten }: Destination,
): Promise<void> {
  if (body === null) return;
  using file = await part.open(segment.next);
  await using source = openSource(body);
  let writing = Promise.resolve();
  const write = async (bytes: Uint8Array): Promise<void> => {
    const offset = segment.next;
    segment.next += bytes.length;
    await part.write(file, offset, bytes);
    onWritten();
  };
  try {
    for (let at = from; at < segment.end;) {
      const bytes = await watch.waiting(source.read());
      if (bytes === undefined) break;
      watch.came(bytes.length);
      // What lies before is there already: this is a server that can only send all from the start.
      const wanted = bytes.subarray(
        Math.max(segment.next - at, 0),
        Math.max(segment.end - at, 0),
      );
      at += bytes.length;
      await writing;
      if (wanted.length === 0) continue;
      writing = write(wanted);
      // Its error is for whoever waits for it.
      writing.catch(() => {});
    }
  } finally {
    // Nothing can be given back to a connection that reads no more.
    segment.asked = segment.end;
    await writing;
  }
}

/** A body that is read in large pieces. A piece is valid until the second read after it. */
interface Source extends AsyncDisposable {
  /** The next piece; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
}

/**
 * Reading into a buffer of ours brings up to 500 KB at once where the stream's own chunks have 60: a third of the time
 * and half of the memory. Only streams of the network can do it.
 */
function openSource(body: ReadableStream<Uint8Array<ArrayBuffer>>): Source {
  try {
    return ownBuffers(body.getReader({ mode: "byob" }));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const reader = body.getReader();
    return {
      read: async () => (await reader.read()).value,
      [Symbol.asyncDispose]: () => quietly(reader.cancel()),
    };
  }
}

function ownBuffers(reader: ReadableStreamBYOBReader): Source {
  // One is read into while the other is written.
  let next = new ArrayBuffer(BLOCK);
  let other = new ArrayBuffer(BLOCK);
  return {
    async read() {
      const { value, done } = await reader.read(new Uint8Array(next));
      if (done) return undefined;
      [next, other] = [other, value.buffer];
      return value;
    },
    [Symbol.asyncDispose]: () => quietly(reader.cancel()),
  };
}

async function quietly(promise: Promise<void>): Promise<void> {
  // A connection that broke can't be cancelled any more.
  await promise.catch(() => {});
}
