/**
 * The verified images. A file is named by its digest, never changes and is only ever renamed into place whole,
 * because the disks of instances stand on it. Beside it a JSON sidecar says what it is. A name such as
 * `debian:bookworm:amd64` belongs to the newest image that claims it, so re-pointing it touches no other file.
 */
import { basename, join } from "node:path";
import { ensureDir, readTextIfThere, removeIfThere, statIfThere, writeAtomic } from "../atomic.ts";
import type { Paths } from "../paths.ts";
import type { Checksum } from "../../plugins/contract.ts";
import { readImageHeader } from "./qcow2.ts";
import {
  formatSidecar,
  type ImageFacts,
  parseSidecar,
  type StoredImage,
  VERIFIED,
} from "./sidecar.ts";

/** The images of the store, newest first, and what could not be read. */
export interface ImageList {
  readonly images: readonly StoredImage[];
  readonly broken: readonly BrokenImage[];
}

/** A sidecar that can't be used. */
export interface BrokenImage {
  readonly path: string;
  readonly reason: string;
}

/** Prefix of copies under way; a stored file never starts with a dot. */
const INCOMING = ".incoming-";

/** The image of that name (distro:release:arch), if there is one. */
export async function findImage(
  paths: Pick<Paths, "images">,
  name: string,
): Promise<StoredImage | undefined> {
  return (await listImages(paths)).images.find(({ names }) => names.includes(name));
}

/**
 * All images, newest first; each name is listed with the image it belongs to now. A broken sidecar is reported
 * beside them.
 */
export async function listImages(paths: Pick<Paths, "images">): Promise<ImageList> {
  const read = await Promise.all((await sidecars(paths)).map(readSidecar));
  const images = read.filter((entry) => "checksum" in entry)
    .sort(newestFirst);
  const taken = new Set<string>();
  return {
    images: images.map((image) => {
      const names = image.names.filter((name) => !taken.has(name));
      for (const name of names) taken.add(name);
      return { ...image, names };
    }),
    broken: read.filter((entry) => "reason" in entry),
  };
}

/** By their bytes: the order is the same whatever the user's language. */
function newestFirst(a: StoredImage, b: StoredImage): number {
  if (a.created !== b.created) return a.created > b.created ? -1 : 1;
  return a.path < b.path ? -1 : 1;
}

/** A verified file on its way into the store. */
export interface NewImage {
  /** The file; it is moved, not copied, where the file system allows. */
  readonly file: string;
  readonly checksum: Checksum;
  readonly facts: ImageFacts;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Puts a verified file into the store under its digest. One that is there already gains the names.
 * @throws CubicError "image-corrupt" when the file is no complete qcow2 image.
 */
export async function addImage(
  paths: Pick<Paths, "images">,
  { file, checksum, facts, now }: NewImage,
): Promise<StoredImage> {
  const { virtualSize } = await readImageHeader(file);
  await ensureDir(paths.images);
  const path = imagePath(paths, checksum);
  const { size } = await Deno.stat(file);
  // In place of one that is there: if that was damaged, it no longer is.
  await moveInto(paths, file, path);
  return await writeSidecar(path, { facts, checksum, size, virtualSize, now });
}

/**
 * Gives a stored image, found by the digest it has or came with, new names; undefined when it is not in the store.
 */
export async function renameImage(
  paths: Pick<Paths, "images">,
  { checksum, facts, now }: Omit<NewImage, "file">,
): Promise<StoredImage | undefined> {
  const same = (await listImages(paths)).images.find((image) =>
    [image.checksum, image.origin].some((own) =>
      own?.algorithm === checksum.algorithm && own.digest === checksum.digest
    )
  );
  if (!same) return undefined;
  await readImageHeader(same.path);
  const { size, virtualSize, origin } = same;
  const content = { facts: { ...facts, ...(origin && { origin }) }, size, virtualSize, now };
  return await writeSidecar(same.path, { ...content, checksum: same.checksum });
}

/** Removes an image. Whether instances stand on it is the caller's question. */
export async function removeImage(image: Pick<StoredImage, "path">): Promise<void> {
  // The sidecar first: a file without one is no image any more.
  await removeIfThere(sidecarPath(image.path));
  await removeIfThere(image.path);
}

/** Nobody takes so long to write a sidecar. */
const TEMPORARY_MS = 3_600_000;

/** Copies that a killed command left, and temporary files that are old, for whoever holds the lock of `withIncoming`. */
export async function findImageLeftovers(paths: Pick<Paths, "images">): Promise<string[]> {
  const found: string[] = [];
  for (const name of await directory(paths.images)) {
    const path = join(paths.images, name);
    const isLeftover = name.startsWith(INCOMING) || (name.endsWith(".tmp") && await isOld(path));
    if (isLeftover) found.push(path);
  }
  return found;
}

/** Removes them; returns what it removed. */
export async function removeImageLeftovers(paths: Pick<Paths, "images">): Promise<string[]> {
  const leftovers = await findImageLeftovers(paths);
  for (const path of leftovers) await removeIfThere(path);
  return leftovers;
}

async function isOld(path: string): Promise<boolean> {
  const time = (await statIfThere(path))?.mtime?.getTime() ?? Date.now();
  return Date.now() - time > TEMPORARY_MS;
}

function imagePath({ images }: Pick<Paths, "images">, { algorithm, digest }: Checksum): string {
  if (!/^[0-9a-f]{64,128}$/.test(digest)) throw new TypeError(`Not a digest: ${digest}`);
  return join(images, `${algorithm}-${digest}.qcow2`);
}

function sidecarPath(path: string): string {
  return path.replace(/\.qcow2$/, ".json");
}

async function moveInto(paths: Pick<Paths, "images">, file: string, path: string): Promise<void> {
  let source = file;
  try {
    await finish(source);
    await Deno.rename(source, path);
  } catch (error) {
    if (!isOtherFileSystem(error)) throw error;
    source = join(paths.images, `${INCOMING}${crypto.randomUUID()}`);
    try {
      await Deno.copyFile(file, source);
      await finish(source);
      await Deno.rename(source, path);
    } catch (copyError) {
      await removeIfThere(source);
      throw copyError;
    }
    await removeIfThere(file);
  }
}

/** On disk and read-only before it gets its name. */
async function finish(file: string): Promise<void> {
  {
    using handle = await Deno.open(file, { read: true, write: true });
    await handle.sync();
  }
  await Deno.chmod(file, 0o444);
}

function isOtherFileSystem(error: unknown): boolean {
  return error instanceof Error && /EXDEV|os error 18\b|cross-device/i.test(error.message);
}

interface SidecarContent {
  readonly facts: ImageFacts;
  readonly checksum: Checksum;
  readonly size: number;
  readonly virtualSize: number;
  readonly now: number;
}

async function writeSidecar(path: string, content: SidecarContent): Promise<StoredImage> {
  const { facts, checksum, size, virtualSize, now } = content;
  const read = await readSidecar(sidecarPath(path));
  const before = "checksum" in read ? read : undefined;
  const stored = {
    ...betterFacts(before, facts),
    names: [...new Set([...facts.names, ...before?.names ?? []])],
    checksum: { algorithm: checksum.algorithm, digest: checksum.digest },
    size,
    virtualSize,
    created: new Date(now).toISOString(),
  };
  await writeAtomic(sidecarPath(path), formatSidecar(stored));
  return { ...stored, path };
}

/** A file that somebody imports is no less the image that its vendor signed. */
function betterFacts(before: StoredImage | undefined, now: ImageFacts): ImageFacts {
  const rank = ({ verified }: ImageFacts): number => VERIFIED.indexOf(verified);
  if (!before || rank(now) <= rank(before)) return now;
  const { path: _path, checksum: _checksum, size: _size, virtualSize: _virtual, ...facts } = before;
  const { created: _created, ...better } = facts;
  return better;
}

async function sidecars({ images }: Pick<Paths, "images">): Promise<string[]> {
  return (await directory(images))
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .map((name) => join(images, name));
}

async function directory(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function readSidecar(path: string): Promise<StoredImage | BrokenImage> {
  const file = path.replace(/\.json$/, ".qcow2");
  try {
    const text = await readTextIfThere(path);
    if (text === undefined) return { path, reason: "it does not exist" };
    const image = parseSidecar(text, basename(path, ".json"));
    if (!await statIfThere(file)) return { path, reason: `${basename(file)} does not exist` };
    return { ...image, path: file };
  } catch (error) {
    return { path, reason: error instanceof Error ? error.message : String(error) };
  }
}
