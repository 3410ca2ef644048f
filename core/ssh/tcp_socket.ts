/**
 * A TCP connection as ssh2 wants its `sock`: as much of node:net's Socket as ssh2 uses, over Deno's own connection.
 * Large reads into one buffer, and one write for everything that is waiting, however many packets it is.
 */
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { releaseSent } from "./send_ring.ts";

const READ_SIZE = 256 * 1024;
const LONGEST_WRITE = 512 * 1024;
/** Up to this size pieces from anywhere are copied together to be one write. */
const LONGEST_JOIN = 128 * 1024;

/**
 * Emits "data", "end", "close" and "error". What "data" carries must be used up before the listener returns once
 * {@linkcode TcpSocket.reuseReads} was called.
 */
export class TcpSocket extends EventEmitter {
  /** Looked at by ssh2 before each write. */
  writable = true;
  /** Looked at by ssh2 before it destroys the socket. */
  readable = true;
  /** Looked at by ssh2: `ended` is true when the other side has closed. */
  readonly _readableState = { ended: false };
  readonly #connection: Deno.TcpConn;
  #seen: Uint8Array | undefined;
  readonly #pending: Uint8Array[] = [];
  #reading = false;
  #flushing = false;
  #paused = true;
  #ending = false;
  #writeClosed = false;
  #destroyed = false;
  #reused: Uint8Array<ArrayBuffer> | undefined;
  #unused: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** `seen` was read from the connection already, and comes first. */
  constructor(connection: Deno.TcpConn, seen: Uint8Array) {
    super();
    this.#connection = connection;
    this.#seen = seen;
  }

  /** From now on all reads go into the same memory. */
  reuseReads(): void {
    this.#reused ??= new Uint8Array(READ_SIZE);
  }

  /** Starts "data" events. */
  resume(): this {
    this.#paused = false;
    if (!this.#reading) this.#readAll();
    return this;
  }

  /** Stops them; one read may be under way. */
  pause(): this {
    this.#paused = true;
    return this;
  }

  /** Takes bytes that are not changed until they are written; true, since ssh2 has windows to wait for. */
  write(bytes: Uint8Array): boolean {
    if (!this.writable) return false;
    const last = this.#pending.at(-1);
    // Packets of one ring lie one after the other.
    if (
      last?.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset &&
      last.length + bytes.length <= LONGEST_WRITE
    ) {
      this.#pending[this.#pending.length - 1] = new Uint8Array(
        last.buffer,
        last.byteOffset,
        last.length + bytes.length,
      );
    } else this.#pending.push(bytes);
    this.#flush();
    return true;
  }

  /** Closes our side when everything is written. */
  end(): this {
    this.writable = false;
    this.#ending = true;
    this.#flush();
    return this;
  }

  /** Closes at once. */
  destroy(): this {
    if (this.#destroyed) return this;
    this.#destroyed = true;
    this.writable = this.readable = false;
    this.#pending.length = 0;
    this.#connection.close();
    queueMicrotask(() => this.emit("close"));
    return this;
  }

  async #readAll(): Promise<void> {
    this.#reading = true;
    try {
      // A listener added right after resume() must get it as well.
      await Promise.resolve();
      if (this.#seen?.length) this.emit("data", asBuffer(this.#seen));
      this.#seen = undefined;
      while (!this.#paused && !this.#destroyed) {
        const buffer = this.#reused ?? this.#unusedMemory();
        const count = await this.#connection.read(buffer);
        if (this.#destroyed) return;
        if (count === null) return this.#ended();
        if (buffer === this.#unused) this.#unused = buffer.subarray(count);
        this.emit("data", asBuffer(buffer.subarray(0, count)));
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#reading = false;
    }
  }

  /** Memory that nobody has a part of: of a read that brings little, the rest is for the next one. */
  #unusedMemory(): Uint8Array<ArrayBuffer> {
    if (this.#unused.length < READ_SIZE / 8) this.#unused = new Uint8Array(READ_SIZE / 2);
    return this.#unused;
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    // The rest of what is being written in this turn goes along.
    await Promise.resolve();
    try {
      while (this.#pending.length > 0) {
        const { bytes, taken } = joined(this.#pending);
        const pieces = this.#pending.splice(0, taken);
        for (let at = 0; at < bytes.length;) {
          at += await this.#connection.write(bytes.subarray(at));
        }
        pieces.forEach(releaseSent);
      }
      if (this.#ending && !this.#writeClosed) {
        this.#writeClosed = true;
        await this.#connection.closeWrite();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#flushing = false;
    }
  }

  #ended(): void {
    this._readableState.ended = true;
    this.readable = false;
    this.emit("end");
    this.destroy();
  }

  #fail(error: unknown): void {
    if (this.#destroyed) return;
    this.emit("error", error instanceof Error ? error : new Error(String(error)));
    this.destroy();
  }
}

/** The next write: small pieces, such as those of the handshake, are joined. */
function joined(pieces: readonly Uint8Array[]): { bytes: Uint8Array; taken: number } {
  const first = pieces[0]!;
  let [taken, length] = [1, first.length];
  while (taken < pieces.length && length + pieces[taken]!.length <= LONGEST_JOIN) {
    length += pieces[taken++]!.length;
  }
  if (taken === 1) return { bytes: first, taken };
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces.slice(0, taken)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, taken };
}

/** The same bytes as the kind of array ssh2 insists on. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}
