/** What disks could stand on, and none does. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { listImages } from "../images/store.ts";
import { imageUse, removeImages } from "../instances/image_use.ts";
import { sweepLayers, unusedLayers } from "../instances/layers.ts";
import type { Pruner } from "./prunable.ts";

/** Layers that clones stood on. */
export const layersPruner: Pruner = {
  find: async ({ paths }, leaving) =>
    (await unusedLayers(paths, leaving)).map(({ path, bytes }) => ({ name: path, bytes })),
  remove: async ({ paths }, name) => {
    await sweepLayers(paths);
    return await isGone(name);
  },
};

/** Images that no instance stands on, whether a name leads to them or not; none while that can't be told. */
export const imagesPruner: Pruner = {
  find: async (app, leaving) =>
    (await idleImages(app, leaving)).map((image) => ({
      name: nameOf(image),
      bytes: image.size,
      ...(comesAgain(image) ? {} : { note: "not from a vendor: can't be downloaded again" }),
    })),
  remove: async (app, name, operation) => {
    const images = (await idleImages(app)).filter((image) => nameOf(image) === name);
    try {
      await removeImages(app, images, operation);
      return images.length > 0;
    } catch (error) {
      if (isCubicError(error, "image-in-use")) return false;
      throw error;
    }
  },
};

async function idleImages(
  app: App,
  leaving: ReadonlySet<string> = new Set(),
): Promise<readonly StoredImage[]> {
  const { images } = await listImages(app.paths);
  const { users, unknown } = await imageUse(app, images, leaving);
  if (unknown.length > 0) return [];
  return images.filter(({ path }) => !users.has(path));
}

function comesAgain({ verified }: StoredImage): boolean {
  return verified === "signature" || verified === "checksum";
}

/** An image whose names another one has taken is known by its digest. */
function nameOf({ names, checksum }: StoredImage): string {
  return names[0] ?? `${checksum.algorithm}-${checksum.digest}`;
}

async function isGone(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => false, () => true);
}
