/**
 * SSH key pairs in OpenSSH's own text format (openssh-portable PROTOCOL.key), made with Web Crypto.
 * ssh2 has a generator too, but loading ssh2 would cost `create` 66 ms, and one key in 256 of its keys
 * can't be parsed (mscdex/ssh2#1390: it drops a leading zero byte).
 */

/** An ed25519 key pair as OpenSSH writes it. */
export interface SshKeyPair {
  /** The text of a private key file, without a passphrase. */
  readonly privateKey: string;
  /** One line: type, base64 blob, comment; no line end. */
  readonly publicKey: string;
}

const KEY_TYPE = "ssh-ed25519";
const encoder = new TextEncoder();

/** Makes a new ed25519 key pair; `comment` ends up in both files and must not hold a line end. */
export async function generateKeyPair(comment: string): Promise<SshKeyPair> {
  const { seed, point } = await generateEd25519();
  const blob = concat(string(KEY_TYPE), string(point));
  return {
    privateKey: pem(privateKeyFile(seed, point, blob, comment)),
    publicKey: `${KEY_TYPE} ${blob.toBase64()} ${comment}`.trimEnd(),
  };
}

/**
 * The SHA-256 fingerprint of a public key line, as `ssh-keygen -l` prints it: `SHA256:` and base64
 * without padding.
 */
export async function fingerprint(publicKey: string): Promise<string> {
  return await fingerprintOfBlob(publicKeyBlob(publicKey));
}

/** The fingerprint of a key as it goes over the wire (RFC 4253 section 6.6). */
export async function fingerprintOfBlob(blob: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", blob));
  return `SHA256:${digest.toBase64({ omitPadding: true })}`;
}

/**
 * The wire form of a public key line.
 * @throws TypeError when the line is no public key.
 */
export function publicKeyBlob(publicKey: string): Uint8Array<ArrayBuffer> {
  const [type, base64] = publicKey.trim().split(/\s+/);
  if (type === undefined || base64 === undefined) {
    throw new TypeError("Cannot read the public key: want a type and a base64 blob");
  }
  return Uint8Array.fromBase64(base64);
}

/** The key type a public key line names, such as `ssh-ed25519`. */
export function publicKeyType(publicKey: string): string {
  return publicKey.trim().split(/\s+/)[0] ?? "";
}

async function generateEd25519(): Promise<{ seed: Uint8Array; point: Uint8Array }> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, [
    "sign",
    "verify",
  ]) as CryptoKeyPair;
  // A JWK holds both halves, always 32 bytes each (RFC 8037 section 2).
  const { d, x } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (d === undefined || x === undefined) throw new TypeError("Cannot export the new key");
  return { seed: base64Url(d), point: base64Url(x) };
}

function privateKeyFile(
  seed: Uint8Array,
  point: Uint8Array,
  blob: Uint8Array,
  comment: string,
): Uint8Array {
  const check = crypto.getRandomValues(new Uint8Array(4));
  const secret = concat(
    // Twice the same number: OpenSSH tells a wrong passphrase by them.
    check,
    check,
    string(KEY_TYPE),
    string(point),
    string(concat(seed, point)),
    string(comment),
  );
  return concat(
    encoder.encode("openssh-key-v1\0"),
    string("none"), // cipher
    string("none"), // key derivation
    string(""),
    uint32(1), // number of keys
    string(blob),
    string(concat(secret, padding(secret.length))),
  );
}

/** The bytes 1, 2, 3 … up to the block size of "none", which is 8. */
function padding(length: number): Uint8Array {
  return Uint8Array.from({ length: (8 - length % 8) % 8 }, (_, index) => index + 1);
}

function pem(bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,70}/g) ?? [];
  return [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    ...lines,
    "-----END OPENSSH PRIVATE KEY-----",
    "",
  ].join("\n");
}

/** A string of RFC 4251 section 5: length, then bytes. */
function string(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? encoder.encode(value) : value;
  return concat(uint32(bytes.length), bytes);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function base64Url(text: string): Uint8Array {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
