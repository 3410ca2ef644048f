/** Which instances stand on which stored images; an image that carries one is never removed. */
import { basename } from "node:path";
import type { App } from "../app.ts";
import { CubicError } from "../errors.ts";
import { listImages, removeImage } from "../images/store.ts";
import type { StoredImage } from "../images/sidecar.ts";
import { instanceFiles } from "../paths.ts";
import type { Operation } from "../progress.ts";
import { readChain } from "./layers.ts";
import { lockPorts } from "./ports.ts";
import { instanceNames, readInstance } from "./store.ts";

/** The names of the instances on each image, by the image's path; images that carry none are left out. */
export async function imageUsers(
  { paths }: Pick<App, "paths">,
  images: readonly StoredImage[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const users = new Map<string, string[]>();
  for (const name of await instanceNames(paths)) {
    const below = await imageBelow(paths, name);
    for (const { path } of images) {
      if (below.has(basename(path))) users.set(path, [...users.get(path) ?? [], name]);
    }
  }
  return users;
}

/**
 * Removes stored images, all of them or none.
 * @throws CubicError "image-in-use" naming the instances.
 */
export async function removeImages(
  app: App,
  images: readonly StoredImage[],
  { signal }: Operation,
): Promise<void> {
  // `create` makes its instance visible under this lock, after another look at its image.
  await using _lock = await lockPorts(app.paths, signal);
  const users = await imageUsers(app, images);
  for (const image of images) {
    const names = users.get(image.path);
    if (names) throw inUse(image, names);
  }
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

/**
 * The names of the files that the disk of an instance reads from, be it through layers. Of a disk that can't be
 * read it is what the instance says that it was made of.
 */
async function imageBelow(paths: App["paths"], name: string): Promise<ReadonlySet<string>> {
  const { below, missing, whole } = await readChain(instanceFiles(paths, name).disk);
  const names = [...below, ...missing === undefined ? [] : [missing]].map((path) => basename(path));
  if (whole) return new Set(names);
  const digest = (await readInstance(paths, name).catch(() => undefined))?.imageDigest;
  return new Set([...names, `${digest}.qcow2`]);
}
