/** For the tests of signatures: keys made on the spot, what they sign, and vendors that publish both. */
import { join } from "node:path";
import type { PrivateKey, PublicKey, SignaturePacket } from "openpgp";
import * as openpgp from "openpgp";
import type { KeySource } from "../../core/images/keys.ts";

/** The time it is in these tests, in whole seconds as OpenPGP counts, but in milliseconds since 1970. */
export const NOW = Math.floor(Date.now() / 1000) * 1000;
/** A day in milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;
/** When keys are made and lists are signed, unless a test says otherwise. */
export const BEFORE = new Date(NOW - 30 * DAY);

/** Somebody who signs. */
export interface Signer {
  readonly secret: PrivateKey;
  /** The primary fingerprint, as a distro pins it. */
  readonly fingerprint: string;
}

/** How a signer differs from an Ed25519 key that signs with its primary key and never expires. */
export interface SignerOptions {
  readonly name?: string;
  readonly rsaBits?: number;
  /** Adds a subkey that signs, or one that only encrypts. */
  readonly subkey?: "signs" | "encrypts";
  readonly date?: Date;
  /** Milliseconds after its date at which it expires. */
  readonly expiresAfter?: number;
}

/** Makes a key pair. */
export async function makeSigner(options: SignerOptions = {}): Promise<Signer> {
  const { name = "Vendor", rsaBits, subkey, date = BEFORE, expiresAfter = 0 } = options;
  const { privateKey } = await openpgp.generateKey({
    ...(rsaBits === undefined ? { type: "curve25519" } : { type: "rsa", rsaBits }),
    userIDs: [{ name, email: "vendor@example.org" }],
    subkeys: subkey === undefined ? [] : [{ sign: subkey === "signs" }],
    date,
    keyExpirationTime: expiresAfter / 1000,
    format: "object",
    config: { minRSABits: 1024 },
  });
  return signerOf(privateKey);
}

/** The same signer with other parts of the key. */
export function signerOf(secret: PrivateKey): Signer {
  return { secret, fingerprint: secret.getFingerprint().toUpperCase() };
}

/** Public keys as a vendor publishes them: one armored block after the other, or binary. */
export function keyFile(
  keys: readonly (Signer | PublicKey)[],
  form: "armored" | "binary" = "armored",
): Uint8Array {
  const publics = keys.map((key) => "secret" in key ? key.secret.toPublic() : key);
  return form === "armored"
    ? bytesOf(publics.map((key) => key.armor()).join("\n"))
    : joined(publics.map((key) => key.write()));
}

/** A detached signature in binary form. */
export async function signDetached(
  signers: Signer | readonly Signer[],
  data: Uint8Array,
  date = BEFORE,
): Promise<Uint8Array> {
  return await openpgp.sign({
    message: await openpgp.createMessage({ binary: data }),
    signingKeys: [signers].flat().map(({ secret }) => secret),
    detached: true,
    format: "binary",
    date,
  }) as Uint8Array;
}

/** A text with its signature in it. */
export async function clearSign(signer: Signer, text: string, date = BEFORE): Promise<string> {
  const message = await openpgp.createCleartextMessage({ text });
  const signed = await openpgp.sign({ message, signingKeys: signer.secret, date }) as string;
  return signed.replaceAll("\r\n", "\n");
}

/** Signs as no honest tool does: with any key, kind, digest and lifetime. */
export async function signOddly(
  key: openpgp.AnyKeyPacket,
  data: Uint8Array,
  odd: { readonly hash?: number; readonly type?: number; readonly lifetime?: number },
): Promise<Uint8Array> {
  const literal = new openpgp.LiteralDataPacket();
  Object.assign(literal, { data, text: null, format: openpgp.enums.literal.binary });
  const packet: SignaturePacket = new openpgp.SignaturePacket();
  Object.assign(packet, {
    signatureType: odd.type ?? openpgp.enums.signature.binary,
    publicKeyAlgorithm: key.algorithm,
    hashAlgorithm: odd.hash ?? openpgp.enums.hash.sha512,
    signatureExpirationTime: odd.lifetime ?? null,
  });
  // The salt would need a digest that is strong.
  const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false };
  // The types leave the last parameter out.
  await Reflect.apply(packet.sign, packet, [key, literal, BEFORE, true, config]);
  const list = new openpgp.PacketList<SignaturePacket>();
  list.push(packet);
  return new openpgp.Signature(list).write() as Uint8Array;
}

/** Vendors' files by URL, and a temporary home for keys. */
export interface Vendor extends KeySource, AsyncDisposable {
  readonly dir: string;
  /** What is published; a test may change it. */
  readonly files: Map<string, Uint8Array>;
  /** The URLs that were asked for. */
  readonly requests: string[];
  /** The time, which a test may set. */
  readonly clock: { now: number };
}

/** Publishes files; what is not there fails as a server's 404 does. */
export async function makeVendor(
  files: Readonly<Record<string, Uint8Array | string>> = {},
): Promise<Vendor> {
  const dir = await Deno.makeTempDir({ prefix: "cubic-openpgp-" });
  const clock = { now: NOW };
  const requests: string[] = [];
  const published = new Map(
    Object.entries(files).map((
      [url, file],
    ) => [url, typeof file === "string" ? bytesOf(file) : file]),
  );
  return {
    dir,
    files: published,
    requests,
    clock,
    host: { now: () => clock.now },
    paths: { keys: join(dir, "data", "keys"), cache: join(dir, "cache") },
    fetchBytes(url) {
      requests.push(url);
      const file = published.get(url);
      return file ? Promise.resolve(file) : Promise.reject(new Error(`404 for ${url}`));
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One array after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Where the vendor of these tests publishes things. */
export const KEY_URL = "https://vendor.invalid/key.asc";
/** The list of checksums. */
export const LIST_URL = "https://vendor.invalid/SHA256SUMS";
/** The detached signature. */
export const SIGNATURE_URL = "https://vendor.invalid/SHA256SUMS.gpg";
/** The image, and the digest that it has. */
export const IMAGE = {
  url: "https://vendor.invalid/images/image.qcow2",
  checksum: { algorithm: "sha256", digest: "ab".repeat(32) },
} as const;
/** A list that names the image. */
export const LIST = `${IMAGE.checksum.digest}  image.qcow2\n${"cd".repeat(32)} *other.qcow2\n`;
