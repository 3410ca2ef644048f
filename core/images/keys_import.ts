/** Taking a key from the user, for vendors that publish theirs at no fixed place. */
import { CubicError } from "../errors.ts";
import type { Paths } from "../paths.ts";
import type { PublicKey } from "openpgp";
import { keepKey, readKept, userKeyFile } from "./keys.ts";
import { fingerprintOf, mergeKeys, pickKey, readKeyFile } from "./keys_read.ts";

/** A key that was taken. */
export interface ImportedKey {
  readonly fingerprint: string;
  /** The file it is in now. */
  readonly path: string;
}

/** Fingerprints an error names. */
const SHOWN = 5;

/**
 * Keeps those keys of a file that are pinned, by primary fingerprint; secret parts are left out. A key that was given
 * before is merged with the new copy.
 * @throws CubicError "invalid-value" when the file has no key, or none that is pinned.
 */
export async function importUserKey(
  paths: Pick<Paths, "keys">,
  pinned: readonly string[],
  bytes: Uint8Array,
): Promise<readonly ImportedKey[]> {
  const keys = await readGiven(bytes);
  const imported: ImportedKey[] = [];
  for (const fingerprint of new Set(pinned.map((pin) => pin.toUpperCase()))) {
    const path = userKeyFile(paths, fingerprint);
    const given = await pickKey(keys, fingerprint);
    if (given === undefined) continue;
    const before = await readKept(path, fingerprint);
    await keepKey(path, await mergeKeys(before ? [before, given] : [given]) ?? given);
    imported.push({ fingerprint, path });
  }
  if (imported.length === 0) throw notPinned(keys, pinned);
  return imported;
}

async function readGiven(bytes: Uint8Array): Promise<PublicKey[]> {
  try {
    return await readKeyFile(bytes);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new CubicError("invalid-value", `Cannot read the key: ${text}`, {
      hint: "It has to be an OpenPGP public key, as `gpg --export --armor` writes it.",
      cause: error,
    });
  }
}

function notPinned(keys: readonly PublicKey[], pinned: readonly string[]): CubicError {
  const wanted = pinned.map((pin) => pin.toUpperCase());
  return new CubicError(
    "invalid-value",
    wanted.length === 0
      ? "Cannot trust the key: the distribution names no key that may sign"
      : "Cannot trust the key: it is none of those the distribution names",
    {
      hint: "Compare the fingerprints with those on the vendor's own page.",
      details: `The file has ${list(keys.map(fingerprintOf))}\nWanted is ${list(wanted) || "none"}`,
    },
  );
}

function list(fingerprints: readonly string[]): string {
  const more = fingerprints.length - SHOWN;
  return fingerprints.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
