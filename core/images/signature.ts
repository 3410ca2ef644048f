/**
 * Signatures of vendors (RFC 9580): over the list that has the image's digest, or over the image itself. They count
 * only when a key signed that the distro pins by its fingerprint.
 */
import { posix } from "node:path";
import type { PublicKey } from "openpgp";
import { isCubicError } from "../errors.ts";
import type { RemoteImage, Signature, SigningKey } from "../../plugins/contract.ts";
import { checksumOf } from "../../plugins/kit.ts";
import { type KeySource, loadKeys } from "./keys.ts";
import { checkSignatures, type Finding, type Signed, type Verified } from "./signature_check.ts";
import { signedFile } from "./signature_file.ts";
import { readClearSigned, readDetached } from "./signature_read.ts";
import { conclude, isStale, missing, type Subject, wrong } from "./signature_verdict.ts";

/** A list of checksums, and the image that it must name. */
export interface ChecksumRequest {
  /** The distro's name, for hints. */
  readonly distro: string;
  readonly image: Pick<RemoteImage, "url" | "checksum">;
  readonly signature: Extract<Signature, { readonly signs: "checksums" }>;
}

/** An image that is signed itself. */
export interface ImageRequest {
  /** The distro's name, for hints. */
  readonly distro: string;
  readonly image: Pick<RemoteImage, "url">;
  /** The file as it came from the URL, before anything is unpacked. */
  readonly path: string;
  readonly signature: Extract<Signature, { readonly signs: "image" }>;
}

/**
 * Verifies a list of checksums, and that the signed text gives this image this digest.
 * @throws CubicError "signature-missing" when list, signature or key can't be had, "signature-wrong" when the
 * signature does not hold or the list says otherwise, "interrupted".
 */
export async function verifyChecksumSignature(
  source: KeySource,
  { distro, image, signature }: ChecksumRequest,
): Promise<Verified> {
  const subject = { distro, file: fileOf(signature.list) };
  const signed = await readList(source, subject, signature);
  const verified = await verifyWith(
    source,
    subject,
    signature.keys,
    (keys) => checkSignatures(signed, keys, source.host.now()),
  );
  requireDigest(subject, image, signed.text);
  return verified;
}

/**
 * Verifies a signature over an image. The file is read once; memory does not grow with it.
 * @throws CubicError as {@linkcode verifyChecksumSignature} does.
 */
export async function verifyImageSignature(
  source: KeySource,
  { distro, image, path, signature }: ImageRequest,
  signal: AbortSignal,
): Promise<Verified> {
  const subject = { distro, file: fileOf(image.url) };
  const packets = await readDetached(subject, await fetchPart(source, subject, signature.detached));
  return await verifyWith(source, subject, signature.keys, async (keys) => {
    const signed = await signedFile(path, packets, keys, signal);
    return await checkSignatures(signed, keys, source.host.now());
  });
}

async function readList(
  source: KeySource,
  subject: Subject,
  { list, detached }: ChecksumRequest["signature"],
): Promise<Signed & { readonly text: string }> {
  if (detached === undefined) {
    return await readClearSigned(subject, await fetchPart(source, subject, list));
  }
  const [binary, signature] = await Promise.all([
    fetchPart(source, subject, list),
    fetchPart(source, subject, detached),
  ]);
  const packets = await readDetached(subject, signature);
  const { createMessage } = await import("openpgp");
  return {
    message: await createMessage({ binary }),
    packets,
    text: new TextDecoder().decode(binary),
  };
}

/** Checks with the keys at hand, and once more with newer copies when those may make a difference. */
async function verifyWith(
  source: KeySource,
  subject: Subject,
  pinned: readonly SigningKey[],
  check: (keys: readonly PublicKey[]) => Promise<Finding[]>,
): Promise<Verified> {
  const kept = await loadKeys(source, pinned);
  const findings = await check(kept.keys);
  if (!kept.renewable || !isStale(findings)) return conclude(subject, findings, kept);
  const renewed = await loadKeys(source, pinned, { renew: true });
  return conclude(subject, await check(renewed.keys), renewed);
}

async function fetchPart(
  { fetchBytes }: KeySource,
  subject: Subject,
  url: string,
): Promise<Uint8Array> {
  try {
    return await fetchBytes(url);
  } catch (error) {
    if (isCubicError(error, "interrupted")) throw error;
    throw missing(subject, url, error);
  }
}

function requireDigest(
  subject: Subject,
  { url, checksum }: ChecksumRequest["image"],
  signedText: string,
): void {
  const file = fileOf(url);
  let signed;
  try {
    signed = checksumOf(signedText, file);
  } catch (error) {
    throw wrong(subject, `what is signed in it does not name ${file}`, error);
  }
  if (signed.algorithm === checksum.algorithm && signed.digest === checksum.digest) return;
  const details =
    `signed is ${signed.algorithm} ${signed.digest}\nexpected ${checksum.algorithm} ${checksum.digest}`;
  throw wrong(subject, `it is signed, but with another digest for ${file}`, new Error(details));
}

/** The last part of a URL's path, as checksum lists name it. */
function fileOf(url: string): string {
  const name = posix.basename(URL.parse(url)?.pathname ?? url);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
