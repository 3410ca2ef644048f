/** Giving cubic a key of a vendor who publishes it at no fixed place, or whose server can't be reached. */
import type { App, KnownDistro } from "../app.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { type ImportedKey, importUserKey } from "./keys_import.ts";
import { findDistro } from "./name.ts";
import { knownReleases } from "./releases.ts";
import { resolveRemote } from "./resolve.ts";

/** No key is larger; a keyring with thousands may be. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Keeps those keys of a file that the distro's images are to be signed with.
 * @throws CubicError "distro-not-found", "file-not-found", "invalid-value" when no key of the file is one of those.
 */
export async function trustKey(
  app: App,
  distroName: string,
  path: string,
  operation: Operation,
): Promise<readonly ImportedKey[]> {
  const distro = findDistro(app.distros, distroName);
  const bytes = await readKey(path);
  return await importUserKey(app.paths, await pinnedKeys(app, distro, operation), bytes);
}

async function readKey(path: string): Promise<Uint8Array> {
  try {
    const { size } = await Deno.stat(path);
    if (size <= MAX_BYTES) return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw describeFailure(`read ${path}`, error);
    throw new CubicError("file-not-found", `Cannot find the key file ${path}`);
  }
  throw new CubicError("invalid-value", `Cannot read ${path} as a key: it is too large`);
}

/** The fingerprints that any image on offer pins; what can't be asked for pins nothing. */
async function pinnedKeys(
  app: App,
  distro: KnownDistro,
  operation: Operation,
): Promise<readonly string[]> {
  const releases = await knownReleases(app, distro, operation);
  const images = await Promise.allSettled(
    releases.flatMap((release) =>
      release.arches.map((arch) => {
        const id = `${distro.name}:${release.version}:${arch}`;
        return resolveRemote(app, { distro, release, arch, id }, operation.signal);
      })
    ),
  );
  const failure = images.find((image) => image.status === "rejected")?.reason;
  const found = images.filter((image) => image.status === "fulfilled").map(({ value }) => value);
  if (found.length === 0 && isCubicError(failure)) throw failure;
  return found.flatMap(({ signature }) =>
    (signature?.keys ?? []).map(({ fingerprint }) => fingerprint)
  );
}
