/**
 * One output of a command. ssh2's channels are Node streams, whose machinery costs more for a packet than its encryption;
 * here the packets are copied as they come, into memory that the reader gave or else into a queue.
 */
import type { Readable } from "node:stream";

/** With so much unread the guest is no longer told to send; it may have a window of 2 MiB left. */
const LONGEST_QUEUE = 1024 * 1024;
const FIRST_BLOCK = 16 * 1024;
const BLOCK = 128 * 1024;

/** Memory that waits to be filled. */
interface Fill {
  readonly into: Uint8Array;
  length: number;
  readonly done: (length: number) => void;
}

/** Reads one output of a command; one read at a time. */
export class ChannelReader {
  /** Resolves when the output has ended and everything of it was read. */
  readonly finished: Promise<void>;
  readonly #finish: () => void;
  readonly #onRoom: () => void;
  readonly #fills: Fill[] = [];
  readonly #pieces: Uint8Array[] = [];
  /** The newest memory of the queue: unread from `start`, free from `end`. */
  #block = { bytes: new Uint8Array(0), start: 0, end: 0 };
  #queued = 0;
  #ended = false;
  #discarding = false;
  #wake: () => void = () => {};

  /** Takes over the stream; `onRoom` is called whenever the queue is full no longer. */
  constructor(stream: Readable, onRoom: () => void) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
    this.#onRoom = onRoom;
    const end = (): void => this.#end();
    stream.on("end", end).on("close", end).on("error", end);
    // Nothing but the end goes through it any more.
    stream.resume();
  }

  /** True when no more should be sent for now. */
  get full(): boolean {
    return this.#queued >= LONGEST_QUEUE;
  }

  /** Takes bytes of the output; keeps copies only. */
  accept(bytes: Uint8Array): void {
    if (this.#discarding) return;
    let at = 0;
    while (at < bytes.length && this.#fills.length > 0) at += this.#fillFirst(bytes.subarray(at));
    if (at === bytes.length) return;
    this.#enqueue(bytes.subarray(at));
    this.#wake();
  }

  /** Everything that has come since the last call, as soon as there is any; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    while (true) {
      const bytes = this.#take(BLOCK);
      if (bytes) return bytes;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /**
   * Fills memory with what comes next, and resolves with how much that was: less than all of it only at the end of the
   * output. More may be asked to be filled before that.
   */
  fill(into: Uint8Array): Promise<number> {
    return new Promise((done) => {
      const fill = { into, length: 0, done };
      this.#fills.push(fill);
      while (this.#fills[0] === fill) {
        const bytes = this.#take(into.length - fill.length);
        if (bytes) this.#fillFirst(bytes);
        else if (this.#ended || into.length === 0) this.#fillFirst(new Uint8Array(0));
        else break;
      }
    });
  }

  /** The rest as text, for messages: `limit` bytes at most, what is beyond is read and dropped. */
  async text(limit = 64 * 1024): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let length = 0;
    for (let bytes = await this.read(); bytes; bytes = await this.read()) {
      if (length < limit) {
        text += decoder.decode(bytes.subarray(0, limit - length), { stream: true });
      }
      length += bytes.length;
    }
    return text;
  }

  /** Drops what waits and what comes from now on: for whoever reads, this is the end. */
  discard(): void {
    this.#discarding = true;
    while (this.#take(BLOCK));
    this.#end();
  }

  /** Copies into the memory that waits longest, and gives it back when it is full or nothing more comes. */
  #fillFirst(bytes: Uint8Array): number {
    const fill = this.#fills[0]!;
    const count = Math.min(bytes.length, fill.into.length - fill.length);
    fill.into.set(count === bytes.length ? bytes : bytes.subarray(0, count), fill.length);
    fill.length += count;
    if (fill.length === fill.into.length || this.#ended) {
      this.#fills.shift();
      fill.done(fill.length);
    }
    return count;
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queued += bytes.length;
    while (bytes.length > 0) {
      const block = this.#block;
      if (block.end === block.bytes.length) {
        if (block.end > block.start) this.#pieces.push(block.bytes.subarray(block.start));
        const size = block.end === 0 ? FIRST_BLOCK : BLOCK;
        this.#block = { bytes: new Uint8Array(size), start: 0, end: 0 };
        continue;
      }
      const count = Math.min(bytes.length, block.bytes.length - block.end);
      block.bytes.set(bytes.subarray(0, count), block.end);
      block.end += count;
      bytes = bytes.subarray(count);
    }
  }

  /** Takes the oldest bytes off the queue; memory that was given out is not written again. */
  #take(limit: number): Uint8Array | undefined {
    const wasFull = this.full;
    const bytes = this.#takePiece(limit);
    this.#queued -= bytes?.length ?? 0;
    if (wasFull && !this.full) this.#onRoom();
    if (this.#ended && this.#queued === 0) this.#finish();
    return bytes;
  }

  #takePiece(limit: number): Uint8Array | undefined {
    const [piece] = this.#pieces;
    if (piece) {
      if (piece.length > limit) this.#pieces[0] = piece.subarray(limit);
      else this.#pieces.shift();
      return piece.subarray(0, limit);
    }
    const { bytes, start, end } = this.#block;
    if (start === end || limit === 0) return undefined;
    this.#block.start = Math.min(end, start + limit);
    return bytes.subarray(start, this.#block.start);
  }

  #end(): void {
    this.#ended = true;
    while (this.#fills.length > 0) this.#fillFirst(new Uint8Array(0));
    if (this.#queued === 0) this.#finish();
    this.#wake();
  }
}
