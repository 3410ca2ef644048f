/** Asking a distribution where an image is, and holding its answer to what the contract allows. */
import type { KnownDistro } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import type { DistroContext, RemoteImage } from "../../plugins/contract.ts";
import { type FetchApp, fetchText, messageOf } from "./fetch.ts";
import { requireAllowed } from "./hosts.ts";
import type { ImageTarget } from "./name.ts";

/**
 * Asks the distro for an image.
 * @throws CubicError "network" when its server can't be asked, "image-not-found" when it has none,
 * "image-corrupt" when there is no digest to verify it by.
 */
export async function resolveRemote(
  app: FetchApp,
  target: ImageTarget,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const { distro, release, arch, id } = target;
  const context = distroContext(app, distro, signal);
  let image: RemoteImage;
  try {
    image = await distro.image(context, { release, arch });
  } catch (error) {
    if (isCubicError(error)) throw error;
    throw new CubicError("image-not-found", `Cannot find the image ${id}: ${messageOf(error)}`, {
      hint: app.config.mirror[distro.name] === undefined
        ? "The vendor may be publishing a new one at this moment; try again in a while."
        : `Is the mirror complete? \`cubic config get mirror.${distro.name}\` shows it.`,
      cause: error,
    });
  }
  await requireAllowed(app, distro, image.url);
  requireChecksum(id, image);
  return image;
}

/** What a distro is given: its base URL or the user's mirror of it, and a fetch bound to its hosts. */
export function distroContext(
  app: FetchApp,
  distro: KnownDistro,
  signal: AbortSignal,
): DistroContext {
  const texts = new Map<string, Promise<string>>();
  return {
    baseUrl: (app.config.mirror[distro.name] ?? distro.baseUrl).replace(/\/+$/, ""),
    fetchText(url) {
      const text = texts.get(url) ?? fetchText(app, distro, url, signal);
      texts.set(url, text);
      return text;
    },
  };
}

function requireChecksum(id: string, { checksum }: RemoteImage): void {
  const length = checksum.algorithm === "sha256" ? 64 : 128;
  if (checksum.digest.length === length && /^[0-9a-f]+$/.test(checksum.digest)) return;
  throw new CubicError("image-corrupt", `Cannot verify the image ${id}: it has no valid checksum`);
}
