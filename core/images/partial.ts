/**
 * What is kept beside a partial download: the validator that `If-Range` needs to ask for the rest of the same file
 * (RFC 9110, 13.1.5), a strong ETag or else the date.
 */
import { readTextIfThere, removeIfThere, writeAtomic } from "../atomic.ts";

/** The validator of a partial file; undefined when the server gave none, and the rest can't be asked for. */
export async function readValidator(partial: string): Promise<string | undefined> {
  return await readTextIfThere(validatorPath(partial)) || undefined;
}

/** Remembers the validator of the answer that is about to be written. */
export async function writeValidator(partial: string, headers: Headers): Promise<void> {
  const etag = headers.get("etag");
  // A weak ETag says "much the same", which is not enough to join two halves.
  const validator = etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified");
  await writeAtomic(validatorPath(partial), validator ?? "");
}

/** Forgets the validator: the file is whole, or must come anew. */
export async function forgetValidator(partial: string): Promise<void> {
  await removeIfThere(validatorPath(partial));
}

/** Removes a partial file and what is known of it. */
export async function discardPartial(partial: string): Promise<void> {
  await removeIfThere(partial);
  await forgetValidator(partial);
}

function validatorPath(partial: string): string {
  return `${partial}.validator`;
}
