/**
 * AES-GCM packets on the way out (RFC 5647, as OpenSSH's aes*-gcm@openssh.com) behind ssh2's own interface of a cipher:
 * encrypted where they are, one beside the other in one ring of memory.
 */
import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";
import type { GcmContext, OpenGcm } from "./libcrypto.ts";
import { SendRing } from "./send_ring.ts";

/** What ssh2 tells a cipher about the way out (lib/protocol/kex.js). */
export interface OutboundConfig {
  readonly seqno: number;
  readonly onWrite: (bytes: Uint8Array) => void;
  readonly cipherKey: Uint8Array;
  readonly cipherIV: Uint8Array;
}

/** Bytes of the tag behind each packet. */
export const TAG = 16;
/** What the length of a packet is a multiple of. */
export const BLOCK = 16;
/** Twice what OpenSSH lets us send before it reads; what does not fit is allocated. */
const RING = 4 * 1024 * 1024;

/** ssh2's cipher: {@linkcode GcmCipher.allocPacket} and then {@linkcode GcmCipher.encrypt}, one packet at a time. */
export class GcmCipher {
  /** Packets sent; ssh2 reads and, under strict key exchange, resets it. */
  outSeqno: number;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #gcm: GcmContext;
  readonly #iv: Uint8Array<ArrayBuffer>;
  readonly #ring = new SendRing(RING);
  readonly #padding = new Uint8Array(4096);
  #paddingUsed = this.#padding.length;
  #allocated: Uint8Array | undefined;
  #freed = false;

  constructor(open: OpenGcm, config: OutboundConfig) {
    this.outSeqno = config.seqno;
    this.#write = config.onWrite;
    this.#gcm = open(new Uint8Array(config.cipherKey), true);
    this.#iv = new Uint8Array(config.cipherIV);
  }

  /** A packet with its length, padding, and room for a payload at 5 (RFC 4253 section 6). */
  allocPacket(payloadLength: number): Buffer {
    const short = (1 + payloadLength) % BLOCK;
    const padding = BLOCK - short < 4 ? 2 * BLOCK - short : BLOCK - short;
    const length = 4 + 1 + payloadLength + padding;
    const bytes = this.#ring.take(length + TAG);
    const packet = Buffer.from(bytes.buffer, bytes.byteOffset, length);
    packet.writeUInt32BE(length - 4, 0);
    packet[4] = padding;
    packet.set(this.#randomBytes(padding), 5 + payloadLength);
    this.#allocated = packet;
    return packet;
  }

  /** Encrypts a packet where it is and writes it. */
  encrypt(packet: Uint8Array): void {
    if (this.#freed) return;
    // Only what was just allocated is known to have room for the tag behind it.
    const own = packet === this.#allocated ? packet : this.#adopt(packet);
    const { buffer, byteOffset, length } = own as Uint8Array<ArrayBuffer>;
    const header = new Uint8Array(buffer, byteOffset, 4);
    const body = new Uint8Array(buffer, byteOffset + 4, length - 4);
    this.#gcm.run(this.#iv, header, body, body, new Uint8Array(buffer, byteOffset + length, TAG));
    this.#allocated = undefined;
    increment(this.#iv);
    this.outSeqno = (this.outSeqno + 1) >>> 0;
    this.#write(new Uint8Array(buffer, byteOffset, length + TAG));
  }

  /** Ends it; ssh2 calls this at a new key and at the connection's end. */
  free(): void {
    if (!this.#freed) this.#gcm.free();
    this.#freed = true;
  }

  #adopt(packet: Uint8Array): Uint8Array {
    const whole = new Uint8Array(packet.length + TAG);
    whole.set(packet);
    return whole.subarray(0, packet.length);
  }

  /** Asking the system for each packet's few bytes costs more than encrypting it. */
  #randomBytes(length: number): Uint8Array {
    if (this.#paddingUsed + length > this.#padding.length) {
      randomFillSync(this.#padding);
      this.#paddingUsed = 0;
    }
    return this.#padding.subarray(this.#paddingUsed, this.#paddingUsed += length);
  }
}

/** Counts up the last 8 bytes of an IV, the invocation counter of RFC 5647 section 7.1. */
export function increment(iv: Uint8Array): void {
  for (let at = 11; at >= 4; at--) {
    iv[at]! += 1;
    if (iv[at] !== 0) return;
  }
}
