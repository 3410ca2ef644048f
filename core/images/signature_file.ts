/** Detached signatures over files too large for memory: the digest is made while the file is read once. */
import { createHash, type Hash } from "node:crypto";
import type { PublicKey, SignaturePacket } from "openpgp";
import { readChunks } from "./digest.ts";
import { isIssuer, type Signed } from "./signature_check.ts";

type OpenPgp = typeof import("openpgp");

/** Node's names of digests by OpenPGP's numbers (RFC 9580, section 9.5); the weak ones are openpgp's to refuse. */
const DIGESTS: Readonly<Record<number, string>> = {
  1: "md5",
  2: "sha1",
  8: "sha256",
  9: "sha384",
  10: "sha512",
  12: "sha3-256",
  14: "sha3-512",
};

/**
 * A signed message that stands for a file. openpgp's streams are three times slower than the digest itself, so each
 * signature is given its digest, as openpgp does with one-pass signatures. Should a later openpgp take no digest, it
 * finds random bytes in place of the file, and no signature fits them.
 */
export async function signedFile(
  path: string,
  packets: readonly SignaturePacket[],
  keys: readonly PublicKey[],
  signal: AbortSignal,
): Promise<Signed> {
  const openpgp = await import("openpgp");
  const relevant = packets.filter((packet) => keys.some((key) => isIssuer(key, packet.issuerKeyID)))
    .flatMap((packet) => {
      const hash = startHash(openpgp, packet);
      return hash ? [{ packet, hash }] : [];
    });
  if (relevant.length > 0) {
    await readChunks(path, (chunk) => relevant.forEach(({ hash }) => hash.update(chunk)), {
      signal,
    });
  }
  for (const { packet, hash } of relevant) {
    Object.assign(packet, { hashed: Promise.resolve(finish(hash, packet)) });
  }
  const message = await openpgp.createMessage({
    binary: crypto.getRandomValues(new Uint8Array(32)),
  });
  return { message, packets };
}

/** Only a version 4 signature over bytes has a digest here; any other is left to fail. */
function startHash({ enums }: OpenPgp, packet: SignaturePacket): Hash | undefined {
  const name = DIGESTS[packet.hashAlgorithm ?? 0];
  const isPlain = packet.version === 4 && packet.signatureType === enums.signature.binary;
  return name !== undefined && isPlain ? createHash(name) : undefined;
}

/** Adds what a version 4 signature hashes after the data (RFC 9580, section 5.2.4). */
function finish(hash: Hash, { signatureData }: SignaturePacket): Uint8Array {
  const hashed = signatureData ?? new Uint8Array();
  const trailer = new Uint8Array(6);
  trailer.set([4, 0xff]);
  new DataView(trailer.buffer).setUint32(2, hashed.length);
  return new Uint8Array(hash.update(hashed).update(trailer).digest());
}
