/**
 * The keys that may sign. A key counts by its primary fingerprint, pinned by the distro, and by nothing else: given by
 * the user, kept from last time, or fetched from the vendor are three ways to the same key.
 */
import { dirname, join } from "node:path";
import type { PublicKey } from "openpgp";
import { ensureDir, statIfThere, writeAtomic } from "../atomic.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Paths } from "../paths.ts";
import type { SigningKey } from "../../plugins/contract.ts";
import { MAX_KEY_FILE, mergeKeys, pickKey, readKeyFile } from "./keys_read.ts";

/** Where keys come from. */
export interface KeySource {
  readonly host: Pick<Host, "now">;
  readonly paths: Pick<Paths, "keys" | "cache">;
  /** The bytes at a URL; it limits size and time, and the hosts that may be asked. */
  readonly fetchBytes: (url: string) => Promise<Uint8Array>;
}

/** A pinned key that is not to be had. */
export interface AbsentKey {
  readonly fingerprint: string;
  /** Why, as the end of a sentence. */
  readonly reason: string;
  /** True when something came from the vendor's URL, and it was not this key. */
  readonly replaced: boolean;
}

/** The keys to verify with. */
export interface KeyRing {
  readonly keys: readonly PublicKey[];
  readonly absent: readonly AbsentKey[];
  /** True when asking the vendor may bring newer copies of these keys. */
  readonly renewable: boolean;
}

/** Milliseconds after which a kept key is fetched again, to learn of a revocation. */
const KEEP_FOR = 7 * 24 * 60 * 60 * 1000;

/**
 * The pinned keys as the user and the cache have them, else from the vendor; with `renew`, from the vendor in any case.
 * A vendor that can't be asked makes no difference to a key that is there.
 * @throws CubicError "signature-wrong" when a pinned fingerprint is none, "interrupted".
 */
export async function loadKeys(
  source: KeySource,
  pinned: readonly SigningKey[],
  options: { readonly renew?: boolean } = {},
): Promise<KeyRing> {
  const files = new Map<string, Promise<PublicKey[]>>();
  const fetchFile = (url: string): Promise<PublicKey[]> => {
    const file = files.get(url) ?? source.fetchBytes(url).then(readKeyFile);
    files.set(url, file);
    return file;
  };
  const found = await Promise.all(
    pinned.map((pin) => loadKey(source, pin, fetchFile, options.renew ?? false)),
  );
  return {
    keys: found.flatMap(({ key }) => key ? [key] : []),
    absent: found.flatMap(({ absent }) => absent ? [absent] : []),
    renewable: found.some(({ renewable }) => renewable),
  };
}

/** The file a user's key is kept in. */
export function userKeyFile(paths: Pick<Paths, "keys">, fingerprint: string): string {
  return join(paths.keys, `${requireFingerprint(fingerprint)}.asc`);
}

/** Writes a key as it was read, armored, so that other tools can look at it. */
export async function keepKey(path: string, key: PublicKey): Promise<void> {
  try {
    await ensureDir(dirname(path));
    await writeAtomic(path, key.armor());
  } catch (error) {
    throw describeFailure("keep the key", error);
  }
}

/** The key in one of our own files; undefined when it is not there, is broken, or is another key. */
export async function readKept(path: string, fingerprint: string): Promise<PublicKey | undefined> {
  const size = (await statIfThere(path))?.size;
  if (size === undefined || size > MAX_KEY_FILE) return undefined;
  try {
    return await pickKey(await readKeyFile(await Deno.readFile(path)), fingerprint);
  } catch {
    return undefined;
  }
}

interface Loaded {
  readonly key?: PublicKey;
  readonly absent?: AbsentKey;
  readonly renewable: boolean;
}

async function loadKey(
  source: KeySource,
  pin: SigningKey,
  fetchFile: (url: string) => Promise<PublicKey[]>,
  renew: boolean,
): Promise<Loaded> {
  const fingerprint = requireFingerprint(pin.fingerprint);
  const cacheFile = join(source.paths.cache, "keys", `${fingerprint}.asc`);
  const copies = await Promise.all([
    readKept(userKeyFile(source.paths, fingerprint), fingerprint),
    readKept(cacheFile, fingerprint),
  ]);
  const kept = await mergeKeys(copies.filter((key) => key !== undefined));
  const outdated = copies[1] !== undefined && await isOutdated(source, cacheFile);
  if (kept && (pin.url === undefined || !(renew || outdated))) {
    return { key: kept, renewable: pin.url !== undefined };
  }
  const fetched = await fetchKey(pin, fingerprint, fetchFile);
  if ("reason" in fetched) {
    return kept ? { key: kept, renewable: false } : { absent: fetched, renewable: false };
  }
  const key = await mergeKeys(kept ? [kept, fetched] : [fetched]) ?? fetched;
  await keepKey(cacheFile, key);
  return { key, renewable: false };
}

async function fetchKey(
  { url }: SigningKey,
  fingerprint: string,
  fetchFile: (url: string) => Promise<PublicKey[]>,
): Promise<PublicKey | AbsentKey> {
  if (url === undefined) {
    return { fingerprint, reason: "the vendor publishes it at no fixed URL", replaced: false };
  }
  try {
    const key = await pickKey(await fetchFile(url), fingerprint);
    return key ?? { fingerprint, reason: `${url} has other keys than this one`, replaced: true };
  } catch (error) {
    if (isCubicError(error, "interrupted")) throw error;
    const text = error instanceof Error ? error.message : String(error);
    return { fingerprint, reason: `no key could be read from ${url}: ${text}`, replaced: false };
  }
}

async function isOutdated({ host }: KeySource, cacheFile: string): Promise<boolean> {
  const written = (await statIfThere(cacheFile))?.mtime?.getTime() ?? 0;
  return Math.abs(host.now() - written) > KEEP_FOR;
}

/** It becomes a file name, and a plugin wrote it. */
function requireFingerprint(text: string): string {
  const fingerprint = text.toUpperCase();
  if (/^[0-9A-F]{40}$/.test(fingerprint)) return fingerprint;
  throw new CubicError(
    "signature-wrong",
    `Cannot verify a signature: "${text}" is no fingerprint of a key`,
    { hint: "A distro pins keys by the 40 hexadecimal digits of their primary fingerprint." },
  );
}
