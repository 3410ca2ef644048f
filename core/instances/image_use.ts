/** Which instances stand on which stored images; an image that carries one is never removed. */
import { basename } from "node:path";
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import { listImages, removeImage } from "../images/store.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { lockLayers, readChain } from "./layers.ts";
import { lockPorts } from "./ports.ts";
import { instanceNames, readInstance } from "./store.ts";

/** Who stands on what. */
export interface ImageUse {
  /** The names of the instances on each image, by the image's path; images that carry none are left out. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  /** Instances of which that can't be told. */
  readonly unknown: readonly string[];
}

/** Who stands on those images; instances that are `leaving` do not count. */
export async function imageUse(
  { paths }: Pick<App, "paths">,
  images: readonly StoredImage[],
  leaving: ReadonlySet<string> = new Set(),
): Promise<ImageUse> {
  const users = new Map<string, string[]>();
  const unknown: string[] = [];
  for (const name of await instanceNames(paths)) {
    if (leaving.has(name)) continue;
    const below = await imageBelow(paths, name);
    if (!below) unknown.push(name);
    for (const { path } of images) {
      if (below?.has(basename(path))) users.set(path, [...users.get(path) ?? [], name]);
    }
  }
  return { users, unknown };
}

/** The names of the instances on each image, by the image's path, as far as they can be told. */
export async function imageUsers(
  app: Pick<App, "paths">,
  images: readonly StoredImage[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  return (await imageUse(app, images)).users;
}

/**
 * Removes stored images, all of them or none.
 * @throws CubicError "image-in-use" naming the instances, also those of which it can't be told; "locked".
 */
export async function removeImages(
  app: App,
  images: readonly StoredImage[],
  { signal }: Operation,
): Promise<void> {
  if (images.length === 0) return;
  // `rename` takes a disk from one name to another under the first; `create` makes its instance visible under the
  // second, after another look at its image.
  await using _layers = await lockLayers(app.paths, "removing images", signal);
  await using _ports = await lockPorts(app.paths, signal);
  const { users, unknown } = await imageUse(app, images);
  for (const image of images) {
    const names = users.get(image.path);
    if (names) throw inUse(image, names);
  }
  if (unknown.length > 0) throw unknownUse(unknown);
  for (const image of images) await removeImage(image);
}

/** The stored images that carry no instance and that no name leads to any more. */
export async function unusedImages(app: App): Promise<readonly StoredImage[]> {
  const { images } = await listImages(app.paths);
  const users = await imageUsers(app, images);
  return images.filter(({ names, path }) => names.length === 0 && !users.has(path));
}

function inUse({ names, checksum }: StoredImage, users: readonly string[]): CubicError {
  const name = names[0] ?? checksum.digest.slice(0, 12);
  const list = users.join(", ");
  return new CubicError("image-in-use", `Cannot remove the image ${name}: ${list} stands on it`, {
    hint: `Delete the instance first: \`cubic delete ${users.join(" ")}\`.`,
  });
}

function unknownUse(names: readonly string[]): CubicError {
  const list = names.join(", ");
  const message = `Cannot remove images: what ${list} stands on can't be told`;
  return new CubicError("image-in-use", message, {
    hint: "`cubic doctor` tells what is wrong; without need of it, " +
      `\`cubic delete ${names.join(" ")}\`.`,
  });
}

/**
 * The names of the files that the disk of an instance reads from, be it through layers. Of a disk that can't be
 * read it is what the instance says that it was made of; undefined when that can't be read either.
 */
async function imageBelow(
  paths: App["paths"],
  name: string,
): Promise<ReadonlySet<string> | undefined> {
  const { below, missing, whole } = await readChain(instanceFiles(paths, name).disk);
  const names = [...below, ...missing === undefined ? [] : [missing]].map((path) => basename(path));
  if (whole) return new Set(names);
  try {
    const { imageDigest } = await readInstance(paths, name);
    return new Set([...names, `${imageDigest}.qcow2`]);
  } catch (error) {
    // Deleted while we looked: it stands on nothing any more.
    return isCubicError(error, "instance-not-found") ? new Set() : undefined;
  }
}
