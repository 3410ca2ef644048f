/** From a name to the release it means, asking the vendor only when what is known does not do. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { type ImageName, type ImageTarget, resolveImageName } from "./name.ts";
import { knownReleases, type ReleaseOptions } from "./releases.ts";

/** A list this young would not be another one now. */
const YOUNG_MS = 60_000;

/**
 * What a name stands for.
 * @throws CubicError "distro-not-found", "image-not-found", and "network" when no release of the distro is known.
 */
export async function findTarget(
  app: App,
  name: ImageName,
  operation: Operation,
): Promise<ImageTarget> {
  const find = (options: ReleaseOptions): Promise<ImageTarget> =>
    resolveImageName(app, name, (distro) => knownReleases(app, distro, operation, options));
  try {
    return await find({});
  } catch (error) {
    if (!isCubicError(error, "image-not-found")) throw error;
    // The release may be newer than the list.
    return await find({ maxAgeMs: YOUNG_MS });
  }
}
