/**
 * Memory for packets on their way to the socket. Packets are made one after the other in one block and leave in the
 * same order, so the socket can write many of them at once without joining them, and the block is used again and again.
 */

/** The block of one cipher. */
export class SendRing {
  readonly #block: Uint8Array<ArrayBuffer>;
  /** Where the next packet goes. */
  #head = 0;
  /** Where the oldest packet that is not yet written starts. */
  #tail = 0;
  /** Bytes at the end that were left out because a packet did not fit; read when the head is below the tail. */
  #end: number;

  constructor(size: number) {
    this.#block = new Uint8Array(size);
    this.#end = size;
    rings.set(this.#block.buffer, this);
  }

  /** Room for a packet; memory of its own when the ring is full. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const wrapped = this.#head < this.#tail;
    if (!wrapped && this.#head + length > this.#block.length && length < this.#tail) {
      this.#end = this.#head;
      this.#head = 0;
    }
    // The head never catches up with the tail: that would look like an empty ring.
    const limit = this.#head < this.#tail ? this.#tail - 1 : this.#block.length;
    if (this.#head + length > limit) return new Uint8Array(length);
    const packet = this.#block.subarray(this.#head, this.#head + length);
    this.#head += length;
    return packet;
  }

  /** Gives everything back up to that offset. */
  release(end: number): void {
    this.#tail = end;
    if (this.#tail === this.#head) {
      this.#tail = this.#head = 0;
    } else if (this.#head < this.#tail && this.#tail === this.#end) this.#tail = 0;
  }
}

const rings = new WeakMap<ArrayBufferLike, SendRing>();

/** Tells the ring these bytes are from, if they are from one, that they were written: they may be used again. */
export function releaseSent(bytes: Uint8Array): void {
  rings.get(bytes.buffer)?.release(bytes.byteOffset + bytes.length);
}
