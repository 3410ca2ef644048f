/** Bringing images up to date. */
import type { App } from "../app.ts";
import type { Operation } from "../progress.ts";
import { ensureImage, type EnsureOptions } from "./ensure.ts";
import type { StoredImage } from "./sidecar.ts";
import { listImages } from "./store.ts";

/** What a pull came to. */
export interface Pulled {
  readonly image: StoredImage;
  /** True when the vendor's image was stored already. */
  readonly already: boolean;
}

/**
 * Asks the vendor for the image of that name, and fetches it unless it is stored.
 * @throws CubicError as `ensureImage`.
 */
export async function pullImage(
  app: App,
  text: string,
  operation: Operation,
  options: EnsureOptions = {},
): Promise<Pulled> {
  const before = new Set((await listImages(app.paths)).images.map(({ path }) => path));
  const image = await ensureImage(app, text, operation, { ...options, refresh: true });
  return { image, already: before.has(image.path) && !options.again };
}

/** The names of the stored images that came from a vendor and may have a successor there. */
export async function refreshable(app: App): Promise<readonly string[]> {
  const known = new Set(app.distros.map(({ name }) => name));
  const { images } = await listImages(app.paths);
  return images
    .filter(({ distro, source }) => known.has(distro) && /^https?:/.test(source))
    .flatMap(({ names }) => names.slice(0, 1));
}
