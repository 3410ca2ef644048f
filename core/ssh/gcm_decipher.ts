/**
 * AES-GCM packets on the way in (RFC 5647) behind ssh2's own interface of a decipher: no buffer for each packet, and no
 * copy of those that came whole.
 */
import { Buffer } from "node:buffer";
import { lends } from "./borrowed.ts";
import { BLOCK, increment, TAG } from "./gcm_cipher.ts";
import type { GcmContext, OpenGcm } from "./libcrypto.ts";

/** What ssh2 tells a decipher about the way in. */
export interface InboundConfig {
  readonly seqno: number;
  readonly onPayload: (payload: Uint8Array) => number | boolean | undefined;
  readonly decipherKey: Uint8Array;
  readonly decipherIV: Uint8Array;
}

/** RFC 4253 section 6.1 asks for 35,000 at least; OpenSSH itself takes and sends 256 KiB. */
const LONGEST_PACKET = 256 * 1024;
const CHANNEL_DATA = 94;

/**
 * ssh2's decipher. The payload of channel data is lent where `borrowed.ts` looks after it: a view of memory that the
 * next packet overwrites. Any other payload is memory of its own.
 */
export class GcmDecipher {
  /** Packets received. */
  inSeqno: number;
  /** ssh2 replaces it during the handshake. */
  _onPayload: InboundConfig["onPayload"];
  readonly #gcm: GcmContext;
  readonly #iv: Uint8Array<ArrayBuffer>;
  readonly #lends: boolean;
  /** The beginning of a packet whose rest has not come yet. */
  #partial: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  #partialLength = 0;
  #plain: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  #freed = false;

  constructor(open: OpenGcm, config: InboundConfig) {
    this.inSeqno = config.seqno;
    this._onPayload = config.onPayload;
    this.#lends = lends(config.onPayload);
    this.#gcm = open(new Uint8Array(config.decipherKey), false);
    this.#iv = new Uint8Array(config.decipherIV);
  }

  /**
   * Takes what the socket has read from `at` to `end`. As ssh2's own: returns where to go on when a payload changed what
   * comes next, and otherwise nothing when everything was taken.
   * @throws Error at a wrong tag or an impossible length.
   */
  decrypt(data: Uint8Array, at: number, end: number): number | undefined {
    // A payload may end the connection, and with it this.
    while (at < end && !this.#freed) {
      let packet: Uint8Array;
      if (this.#partialLength > 0 || end - at < 4 || end - at < 4 + lengthAt(data, at) + TAG) {
        const taken = this.#collect(data, at, end);
        at += taken;
        if (!this.#isWhole()) continue;
        packet = this.#partial.subarray(0, this.#partialLength);
        this.#partialLength = 0;
      } else {
        packet = data.subarray(at, at + 4 + lengthAt(data, at) + TAG);
        at += packet.length;
      }
      const verdict = this._onPayload(this.#open(packet as Uint8Array<ArrayBuffer>));
      if (verdict !== undefined) return verdict === false ? at : Number(verdict);
    }
    return undefined;
  }

  /** Ends it. */
  free(): void {
    if (!this.#freed) this.#gcm.free();
    this.#freed = true;
  }

  /** Adds to the partial packet as many bytes as belong to it, as far as its length is known. */
  #collect(data: Uint8Array, at: number, end: number): number {
    const have = this.#partialLength;
    const wanted = have < 4 ? 4 : 4 + lengthAt(this.#partial, 0) + TAG;
    const taken = Math.min(wanted - have, end - at);
    if (wanted > this.#partial.length) {
      const larger = new Uint8Array(4 + LONGEST_PACKET + TAG);
      larger.set(this.#partial.subarray(0, have));
      this.#partial = larger;
    }
    this.#partial.set(data.subarray(at, at + taken), have);
    this.#partialLength += taken;
    return taken;
  }

  #isWhole(): boolean {
    return this.#partialLength >= 4 &&
      this.#partialLength === 4 + lengthAt(this.#partial, 0) + TAG;
  }

  #open(packet: Uint8Array<ArrayBuffer>): Uint8Array {
    const length = packet.length - 4 - TAG;
    if (length > this.#plain.length) this.#plain = new Uint8Array(LONGEST_PACKET);
    const plain = this.#plain.subarray(0, length);
    const good = this.#gcm.run(
      this.#iv,
      packet.subarray(0, 4),
      packet.subarray(4, 4 + length),
      plain,
      packet.subarray(4 + length),
    );
    if (!good) throw new Error("Invalid MAC");
    increment(this.#iv);
    this.inSeqno = (this.inSeqno + 1) >>> 0;
    const payload = Buffer.from(plain.buffer, 1, Math.max(0, length - plain[0]! - 1));
    return this.#lends && payload[0] === CHANNEL_DATA ? payload : Buffer.from(payload);
  }
}

/**
 * The length of the packet that begins there.
 * @throws Error when no packet has such a length; it is not authenticated yet.
 */
function lengthAt(bytes: Uint8Array, at: number): number {
  const length = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) |
    bytes[at + 3]!) >>> 0;
  if (length > LONGEST_PACKET || length < BLOCK || length % BLOCK !== 0) {
    throw new Error("Bad packet length");
  }
  return length;
}
