/** Reading files of OpenPGP keys: one key or a whole keyring, armored or binary (RFC 9580, sections 6 and 10.1). */
import type { PublicKey } from "openpgp";

/** The most a file of keys may weigh, in bytes; Fedora's keyring has 30 KB. */
export const MAX_KEY_FILE = 4 * 1024 * 1024;

const BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const END = "-----END PGP PUBLIC KEY BLOCK-----";

/**
 * Every public key of a file, in its order.
 * @throws Error when it is too large or holds no key.
 */
export async function readKeyFile(bytes: Uint8Array): Promise<PublicKey[]> {
  if (bytes.length > MAX_KEY_FILE) throw new Error(`it is larger than ${MAX_KEY_FILE} bytes`);
  const keys = isBinary(bytes) ? await readBinary(bytes) : await readArmored(bytes);
  if (keys.length === 0) throw new Error("it holds no OpenPGP public key");
  return keys;
}

/** The key with that primary fingerprint; copies of it are merged, so that no revocation gets lost. */
export async function pickKey(
  keys: readonly PublicKey[],
  fingerprint: string,
): Promise<PublicKey | undefined> {
  return await mergeKeys(keys.filter((key) => fingerprintOf(key) === fingerprint));
}

/** One key with everything that copies of it know: user ids, subkeys, revocations. Undefined for none. */
export async function mergeKeys(copies: readonly PublicKey[]): Promise<PublicKey | undefined> {
  const [first, ...others] = copies;
  let merged = first;
  for (const other of others) merged = await merged?.update(other);
  return merged;
}

/** The primary fingerprint: 40 hexadecimal digits, upper case. */
export function fingerprintOf(key: PublicKey): string {
  return key.getFingerprint().toUpperCase();
}

/** The first byte of an OpenPGP packet has its top bit set (RFC 9580, section 4.2); armor is ASCII. */
export function isBinary(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0;
}

async function readBinary(bytes: Uint8Array): Promise<PublicKey[]> {
  const { readKeys } = await import("openpgp");
  return (await readKeys({ binaryKeys: bytes })).map((key) => key.toPublic());
}

/** Vendors join armored files with `cat`, and openpgp reads the first block only. */
async function readArmored(bytes: Uint8Array): Promise<PublicKey[]> {
  const { readKeys } = await import("openpgp");
  const keys: PublicKey[] = [];
  let broken: unknown;
  for (const armoredKeys of armoredBlocks(new TextDecoder().decode(bytes))) {
    try {
      keys.push(...(await readKeys({ armoredKeys })).map((key) => key.toPublic()));
    } catch (error) {
      broken = error;
    }
  }
  if (keys.length === 0 && broken !== undefined) throw broken;
  return keys;
}

function* armoredBlocks(text: string): Generator<string> {
  let begin = text.indexOf(BEGIN);
  while (begin >= 0) {
    const end = text.indexOf(END, begin);
    if (end < 0) return;
    yield text.slice(begin, end + END.length) + "\n";
    begin = text.indexOf(BEGIN, end);
  }
}
