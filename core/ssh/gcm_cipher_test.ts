import { deepEqual, equal, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { lendChannelData } from "./borrowed.ts";
import { GcmCipher } from "./gcm_cipher.ts";
import { GcmDecipher } from "./gcm_decipher.ts";
import { findGcm, type OpenGcm } from "./libcrypto.ts";

/** ssh2's own ciphers, which stand on node:crypto. */
const ssh2 = (await import("ssh2/lib/protocol/crypto.js")).default;

const LENGTHS = [0, 1, 10, 11, 12, 15, 16, 17, 255, 4096, 32_767, 32_768, 32_777, 34_900];

/** The host's AES-GCM; every Linux with OpenSSH has it. */
function openGcm(): OpenGcm | undefined {
  const open = findGcm(() => undefined);
  equal(open !== undefined || Deno.build.os !== "linux", true, "libcrypto is missing");
  return open;
}

interface Pair {
  readonly ours: { readonly cipher: GcmCipher; readonly decipher: GcmDecipher };
  readonly theirs: { readonly cipher: Ssh2Cipher; readonly decipher: GcmDecipher };
  /** What the ciphers wrote, and what the deciphers read out of it. */
  readonly written: Uint8Array[];
  readonly payloads: Uint8Array[];
}

interface Ssh2Cipher {
  allocPacket(length: number): Buffer;
  encrypt(packet: Uint8Array): void;
}

function makePair(open: OpenGcm, bits: 128 | 256): Pair {
  const [key, iv] = [randomBytes(bits / 8), randomBytes(12)];
  // The counter runs over two bytes of the IV within the test.
  iv.set([0xff, 0xfd], 10);
  const written: Uint8Array[] = [];
  const payloads: Uint8Array[] = [];
  const info = ssh2.CIPHER_INFO[`aes${bits}-gcm@openssh.com`];
  const out = () => ({
    seqno: 0,
    onWrite: (bytes: Uint8Array) => void written.push(bytes.slice()),
    cipherInfo: info,
    cipherKey: Buffer.from(key),
    cipherIV: Buffer.from(iv),
    forceNative: true,
  });
  const into = () => ({
    seqno: 0,
    onPayload: (payload: Uint8Array) => void payloads.push(payload),
    decipherInfo: info,
    decipherKey: Buffer.from(key),
    decipherIV: Buffer.from(iv),
    forceNative: true,
  });
  return {
    ours: { cipher: new GcmCipher(open, out()), decipher: new GcmDecipher(open, into()) },
    theirs: {
      cipher: ssh2.createCipher({ outbound: out() }),
      decipher: ssh2.createDecipher({ inbound: into() }),
    },
    written,
    payloads,
  };
}

function send(cipher: Ssh2Cipher, payload: Uint8Array): void {
  const packet = cipher.allocPacket(payload.length);
  packet.set(payload, 5);
  cipher.encrypt(packet);
}

/** All that was written, in pieces of that size. */
function pieces(written: readonly Uint8Array[], size: number): Uint8Array[] {
  const all = Buffer.concat(written);
  return Array.from(
    { length: Math.ceil(all.length / size) },
    (_, index) => Buffer.from(all.subarray(index * size, (index + 1) * size)),
  );
}

for (const bits of [128, 256] as const) {
  Deno.test(`GcmCipher and GcmDecipher agree with ssh2's own for AES-${bits}`, () => {
    const open = openGcm();
    if (!open) return;
    for (const size of [1, 7, 4096, 32_804, 262_144]) {
      for (const direction of ["ours to theirs", "theirs to ours"]) {
        const { ours, theirs, written, payloads } = makePair(open, bits);
        const [from, to] = direction === "ours to theirs"
          ? [ours.cipher, theirs.decipher]
          : [theirs.cipher, ours.decipher];
        const lengths = size === 1 ? LENGTHS.slice(0, 9) : LENGTHS;
        const sent = lengths.map((length) => Buffer.from(randomBytes(length)));
        for (const payload of sent) send(from, payload);
        for (const piece of pieces(written, size)) to.decrypt(piece, 0, piece.length);
        deepEqual(payloads.map((one) => Buffer.from(one)), sent, `${direction}, ${size} at once`);
        equal(to.inSeqno, sent.length);
      }
    }
  });
}

Deno.test("GcmCipher writes a packet at once, and one packet beside the other", () => {
  const open = openGcm();
  if (!open) return;
  const writes: Uint8Array[] = [];
  const cipher = new GcmCipher(open, {
    seqno: 7,
    onWrite: (bytes) => void writes.push(bytes),
    cipherKey: randomBytes(16),
    cipherIV: randomBytes(12),
  });
  for (let count = 0; count < 3; count++) send(cipher, randomBytes(1000));
  equal(cipher.outSeqno, 10);
  equal(writes.length, 3);
  equal(writes[1]!.byteOffset, writes[0]!.byteOffset + writes[0]!.length);
  // A packet that is not from here is not written beyond its end.
  const foreign = Buffer.alloc(64, 1).subarray(0, 36);
  foreign.writeUInt32BE(32, 0);
  cipher.encrypt(foreign);
  equal(Buffer.from(foreign.buffer, 36, 28).every((byte) => byte === 1), true);
  cipher.free();
  cipher.encrypt(cipher.allocPacket(1));
  equal(writes.length, 4, "nothing is written under a key that is gone");
});

Deno.test("GcmDecipher refuses a packet with any byte changed, and lengths that can't be", () => {
  const open = openGcm();
  if (!open) return;
  for (let at = 0; at < 4 + 32 + 16; at++) {
    const { ours, written, payloads } = makePair(open, 128);
    send(ours.cipher, randomBytes(20));
    const bytes = Buffer.from(written[0]!);
    equal(bytes.length, 4 + 32 + 16);
    bytes[at]! ^= 1;
    // A longer length waits for more, which then does not fit.
    const more = Buffer.concat([bytes, Buffer.alloc(300_000)]);
    throws(() => ours.decipher.decrypt(more, 0, more.length), /Invalid MAC|Bad packet length/);
    equal(payloads.length, 0);
  }
  const { ours } = makePair(open, 128);
  const huge = Buffer.from([0x7f, 0xff, 0xff, 0xf0, 0]);
  throws(() => ours.decipher.decrypt(huge, 0, huge.length), /Bad packet length/);
});

Deno.test("GcmDecipher stops where a payload says so, and when it ended the connection", () => {
  const open = openGcm();
  if (!open) return;
  const { ours, written } = makePair(open, 128);
  for (let count = 0; count < 2; count++) send(ours.cipher, randomBytes(100));
  const all = Buffer.concat(written);
  ours.decipher._onPayload = () => false;
  equal(ours.decipher.decrypt(all, 0, all.length), written[0]!.length);
  let count = 0;
  ours.decipher._onPayload = () => {
    count++;
    ours.decipher.free();
    return undefined;
  };
  const rest = Buffer.concat([all.subarray(written[0]!.length), all]);
  equal(ours.decipher.decrypt(rest, 0, rest.length), undefined);
  equal(count, 1);
});

Deno.test("GcmDecipher lends channel data only to a connection that is looked after", () => {
  const open = openGcm();
  if (!open) return;
  for (const lent of [false, true]) {
    const payloads: Uint8Array[] = [];
    const onPayload = (payload: Uint8Array): undefined => void payloads.push(payload);
    const handlers = { CHANNEL_DATA: () => {}, CHANNEL_EXTENDED_DATA: () => {} };
    const client = { _chanMgr: {}, _protocol: { _handlers: handlers, _onPayload: onPayload } };
    if (lent) lendChannelData(client as unknown as Parameters<typeof lendChannelData>[0]);
    const [key, iv] = [randomBytes(16), randomBytes(12)];
    const decipher = new GcmDecipher(open, {
      ...{ seqno: 0, onPayload, decipherKey: key, decipherIV: iv },
    });
    const onWrite = (bytes: Uint8Array): void => {
      decipher.decrypt(Buffer.from(bytes), 0, bytes.length);
    };
    const cipher = new GcmCipher(open, { seqno: 0, onWrite, cipherKey: key, cipherIV: iv });
    for (const text of ["\x5eone", "\x5etwo", "\x5ftri", "\x5ffor"]) {
      send(cipher, new TextEncoder().encode(text));
    }
    const seen = payloads.map((payload) => new TextDecoder().decode(payload).slice(1));
    deepEqual(seen.slice(2), ["tri", "for"]);
    equal(seen[0] === "one", !lent);
  }
});

Deno.test("findGcm() finds nothing when CUBIC_NO_FFI is set", () => {
  equal(findGcm((name) => name === "CUBIC_NO_FFI" ? "1" : undefined), undefined);
});
