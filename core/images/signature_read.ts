/** From the files vendors publish to signatures that OpenPGP can check. */
import type { CleartextMessage, SignaturePacket } from "openpgp";
import { CubicError } from "../errors.ts";
import { isBinary } from "./keys_read.ts";
import { type Subject, wrong } from "./signature_verdict.ts";

/** The most a detached signature may weigh, in bytes; vendors' have one or two kilobytes. */
const MAX_SIGNATURE = 64 * 1024;
const MAX_SIGNATURES = 16;

/** A list with its signature in it. */
export interface ClearSigned {
  readonly message: CleartextMessage;
  readonly packets: readonly SignaturePacket[];
  /** What was signed, dash escapes undone, and nothing of what stands around it. */
  readonly text: string;
}

/**
 * Reads a clear-signed list (RFC 9580, section 7).
 * @throws CubicError "signature-wrong" when it is none.
 */
export async function readClearSigned(subject: Subject, bytes: Uint8Array): Promise<ClearSigned> {
  try {
    const { readCleartextMessage } = await import("openpgp");
    const cleartextMessage = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const message = await readCleartextMessage({ cleartextMessage });
    // Without keys nothing is verified; it is the way to the signatures.
    const unverified = await message.verify([]);
    const signatures = await Promise.all(unverified.map(({ signature }) => signature));
    const list = signatures.flatMap(({ packets }) => [...packets]);
    return { message, packets: await requireSignatures(subject, list), text: message.getText() };
  } catch (error) {
    if (error instanceof CubicError) throw error;
    throw wrong(subject, "it is not clear-signed as it should be", error);
  }
}

/**
 * The signatures of a file of its own, armored or binary.
 * @throws CubicError "signature-wrong" when it is something else.
 */
export async function readDetached(
  subject: Subject,
  bytes: Uint8Array,
): Promise<readonly SignaturePacket[]> {
  if (bytes.length === 0) throw wrong(subject, "its signature is empty");
  if (bytes.length > MAX_SIGNATURE) throw wrong(subject, "its signature is far too large");
  try {
    const { readSignature } = await import("openpgp");
    const { packets } = isBinary(bytes)
      ? await readSignature({ binarySignature: bytes })
      : await readSignature({ armoredSignature: new TextDecoder().decode(bytes) });
    return await requireSignatures(subject, packets);
  } catch (error) {
    if (error instanceof CubicError) throw error;
    throw wrong(subject, "its signature can't be read", error);
  }
}

/** Keeps what are signatures over a file: there are others, and openpgp leaves what it could not read among them. */
async function requireSignatures(
  subject: Subject,
  list: readonly SignaturePacket[],
): Promise<readonly SignaturePacket[]> {
  const { enums, SignaturePacket } = await import("openpgp");
  const { binary, text } = enums.signature;
  const packets = list.filter((packet) =>
    packet instanceof SignaturePacket &&
    (packet.signatureType === binary || packet.signatureType === text)
  );
  if (packets.length === 0) throw wrong(subject, "it has no signature over a file");
  if (packets.length > MAX_SIGNATURES) throw wrong(subject, "it has far too many signatures");
  return packets;
}
