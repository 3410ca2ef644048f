/** Whether an instance was made of the image that is asked for now. */
import type { App } from "../app.ts";
import { isCubicError } from "../errors.ts";
import type { ImageName } from "../images/name.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { parseImageSource, parseSha256 } from "../images/source.ts";
import { listImages } from "../images/store.ts";
import { findTarget } from "../images/target.ts";
import type { Operation } from "../progress.ts";
import type { CreateRequest } from "./create_plan.ts";
import type { Instance } from "./instance.ts";

/**
 * Whether an instance is of the image that a request names. True when nothing speaks against it: of an image that is
 * gone, little is known.
 * @throws CubicError "invalid-value" when the image or its digest can't be read.
 */
export async function isOfImage(
  app: App,
  instance: Instance,
  { image, sha256 }: Pick<CreateRequest, "image" | "sha256">,
  operation: Operation,
): Promise<boolean> {
  if (image === undefined) return true;
  const stored = await storedImage(app, instance);
  if (sha256 !== undefined && !hasDigest(stored, instance, parseSha256(sha256))) return false;
  const source = parseImageSource(image);
  if (source.kind !== "name") return instance.image.startsWith("local:");
  const { distro, release, arch = app.host.arch } = source.name;
  const known = app.distros.find(({ name, aliases = [] }) => [name, ...aliases].includes(distro));
  const own = [instance.image, ...stored?.names ?? []].map((name) => name.split(":"));
  const wanted = known?.name ?? distro;
  const near = own.filter(([first, , last]) => first === wanted && last === arch);
  if (near.length === 0) return false;
  if (release === undefined || near.some(([, middle]) => middle === release)) return true;
  const found = [stored?.version, stored?.codename].includes(release);
  return found || await meansImage(app, source.name, near, operation);
}

/** A tag such as "stable" is looked up; what can't be is not held against the instance. */
async function meansImage(
  app: App,
  name: ImageName,
  near: readonly string[][],
  operation: Operation,
): Promise<boolean> {
  try {
    const { id } = await findTarget(app, name, operation);
    return near.some((parts) => parts.join(":") === id);
  } catch (error) {
    if (isCubicError(error, "interrupted")) throw error;
    return !isCubicError(error, "image-not-found");
  }
}

async function storedImage(app: App, { imageDigest }: Instance): Promise<StoredImage | undefined> {
  const { images } = await listImages(app.paths);
  return images.find(({ checksum }) => `${checksum.algorithm}-${checksum.digest}` === imageDigest);
}

function hasDigest(
  stored: StoredImage | undefined,
  { imageDigest }: Instance,
  sha256: string,
): boolean {
  const digests = [stored?.checksum, stored?.origin].map((known) =>
    known && `${known.algorithm}-${known.digest}`
  );
  const told = digests.some((digest) => digest?.startsWith("sha256-"));
  return !told || [imageDigest, ...digests].includes(`sha256-${sha256}`);
}
