/**
 * What OpenPGP has to say of signatures: each one is good, bad, refused for a reason, or by an unknown key. Only
 * openpgp's own word makes one good; the rest of this file can but take it back.
 */
import type { CleartextMessage, Message, PublicKey, Signature, SignaturePacket } from "openpgp";
import { fingerprintOf } from "./keys_read.ts";

type OpenPgp = typeof import("openpgp");

/** A signature that holds. */
export interface Verified {
  /** The primary fingerprint of the key, as the distro pins it. */
  readonly fingerprint: string;
  /** The key's primary user id, safe to print. */
  readonly signer: string;
  /** When it was signed, as an ISO 8601 date and time. */
  readonly signed: string;
}

/** What may change a verdict: a newer copy of the key, our clock, or nothing. */
export type Remedy = "newer key" | "clock" | "none";

/** What was found out about one signature. */
export type Finding =
  | { readonly kind: "good"; readonly verified: Verified }
  /** By a key we know. */
  | {
    readonly kind: "bad" | "refused";
    readonly fingerprint: string;
    /** As the end of a sentence. */
    readonly reason: string;
    readonly remedy: Remedy;
  }
  /** By some other key. */
  | { readonly kind: "unknown"; readonly keyId: string };

/** What is signed, and by which signatures. */
export interface Signed {
  readonly message: Message<Uint8Array> | CleartextMessage;
  readonly packets: readonly SignaturePacket[];
}

/** Milliseconds the signer's clock may be ahead of ours. */
const CLOCK_SKEW = 24 * 60 * 60 * 1000;

const MAX_SIGNER = 200;

/** Examines every signature over what is signed. `now` is in milliseconds since 1970. */
export async function checkSignatures(
  { message, packets }: Signed,
  keys: readonly PublicKey[],
  now: number,
): Promise<Finding[]> {
  const openpgp = await import("openpgp");
  const date = dateFor(packets, now);
  const options = { verificationKeys: [...keys], date, config: policy(openpgp) };
  const { signatures } = message instanceof openpgp.CleartextMessage
    ? await openpgp.verify({ message, ...options })
    : await openpgp.verify({ message, signature: listOf(openpgp, packets), ...options });
  const findings = signatures.map(async ({ keyID, verified, signature }): Promise<Finding> => {
    const key = keys.find((key) => isIssuer(key, keyID));
    if (key === undefined) return { kind: "unknown", keyId: keyID.toHex().toUpperCase() };
    const fingerprint = fingerprintOf(key);
    try {
      if (await verified !== true) throw new Error("Signature verification failed");
      await requireValidNow(openpgp, key, keyID, date);
      const created = (await signature).packets[0]?.created;
      if (!created) throw new Error("Signature without a date");
      const signer = await signerOf(key, date);
      return { kind: "good", verified: { fingerprint, signer, signed: created.toISOString() } };
    } catch (error) {
      return { fingerprint, ...fault(error) };
    }
  });
  return await Promise.all(findings);
}

/** True when the key, or a subkey of it, has this key id. A wildcard names no key here. */
export function isIssuer(key: PublicKey, keyId: SignaturePacket["issuerKeyID"]): boolean {
  return key.getKeys().some((one) => one.getKeyID().equals(keyId));
}

function listOf(openpgp: OpenPgp, packets: readonly SignaturePacket[]): Signature {
  const list = new openpgp.PacketList<SignaturePacket>();
  list.push(...packets);
  return new openpgp.Signature(list);
}

/** What we accept: no MD5, SHA-1 or RIPEMD over data, no DSA, no RSA key below 2048 bits. */
function policy({ config, enums }: OpenPgp): OpenPgp["config"] {
  const { md5, ripemd, sha1 } = enums.hash;
  return {
    ...config,
    minRSABits: 2048,
    rejectMessageHashAlgorithms: new Set([md5, ripemd, sha1]),
    // Vendors renew a key and publish its newest self-signature alone. As gpg does, we ask that the key is good
    // now, which requireValidNow() sees to in any case.
    allowInsecureVerificationWithReformattedKeys: true,
  };
}

/** openpgp only asks whether the key was good when it signed. */
async function requireValidNow(
  openpgp: OpenPgp,
  key: PublicKey,
  keyId: SignaturePacket["issuerKeyID"],
  date: Date,
): Promise<void> {
  // Of two subkeys with one key id, the one that verified may not be the one that is bound to the key.
  const issuers = new Set(key.getKeys(keyId).map((one) => one.getFingerprint()));
  if (issuers.size !== 1) throw new Error("Ambiguous key id");
  await key.getSigningKey(keyId, date, undefined, policy(openpgp));
}

/** Our time, moved ahead to that of a signer whose clock is a little fast. */
function dateFor(packets: readonly SignaturePacket[], now: number): Date {
  const dates = packets.map(({ created }) => created?.getTime() ?? 0);
  return new Date(Math.max(now, ...dates.filter((date) => date <= now + CLOCK_SKEW)));
}

async function signerOf(key: PublicKey, date: Date): Promise<string> {
  const { user } = await key.getPrimaryUser(date);
  return (user.userID?.userID ?? "").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?").slice(0, MAX_SIGNER);
}

type Fault = Pick<Extract<Finding, { kind: "bad" | "refused" }>, "kind" | "reason" | "remedy">;

/** openpgp's errors that are no failure of the signature itself, with our words for them; the first that fits. */
const REFUSALS: readonly (readonly [RegExp, string, Remedy])[] = [
  [/revoked/i, "its key has been revoked", "none"],
  [/^Signature is expired/, "it has expired", "none"],
  [/^Signature creation time is in the future/, "it claims to be made in the future", "clock"],
  [/is expired/i, "its key has expired", "newer key"],
  [
    /Insecure (message )?hash|too weak|shorter than|is disabled/,
    "it is made with a weak method",
    "none",
  ],
  [/Could not|key flags/, "its key may not sign", "newer key"],
];

function fault(error: unknown): Fault {
  const text = error instanceof Error ? error.message : String(error);
  const refusal = REFUSALS.find(([pattern]) => pattern.test(text));
  if (!refusal) return { kind: "bad", reason: "it does not fit what came", remedy: "none" };
  const [, reason, remedy] = refusal;
  return { kind: "refused", reason, remedy };
}
