/**
 * The verified images. A file is named by its digest, never changes and is only ever renamed into place whole,
 * because the disks of instances stand on it. Beside it a JSON sidecar says what it is. A name such as
 * `debian:bookworm:amd64` belongs to the newest image that claims it, so re-pointing it touches no other file.
 */
import { basename, join } from "node:path";
import { ensureDir, readTextIfThere, removeIfThere, statIfThere, writeAtomic } from "../atomic.ts";
import { CubicError } from "../errors.ts";
import type { Arch } from "../host.ts";
import type { Paths } from "../paths.ts";
import type { Checksum } from "../../plugins/contract.ts";
import { readImageHeader } from "./qcow2.ts";

/** What is known of an image beside its bytes. */
export interface ImageFacts {
  /** Every name it was asked for by, as distro:release:arch; the canonical one first. */
  readonly names: readonly string[];
  readonly distro: string;
  /** The release as image names say it: its codename, or its version where there is none. */
  readonly release: string;
  readonly codename?: string;
  readonly version: string;
  readonly arch: Arch;
  /** The URL it came from, or "built". */
  readonly source: string;
  /** How its bytes are known to be right: the vendor's checksum, or made here of packages apt verified. */
  readonly verified: "checksum" | "built";
}

/** An image in the store. */
export interface StoredImage extends ImageFacts {
  readonly path: string;
  readonly checksum: Checksum;
  /** Bytes of the file. */
  readonly size: number;
  /** The size of the disk a guest sees, in bytes. */
  readonly virtualSize: number;
  /** When it was last stored, as ISO 8601 in UTC. */
  readonly created: string;
}

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

/** The version of the sidecar's format. */
const SCHEMA = 1;
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
    .sort((a, b) => b.created.localeCompare(a.created) || a.path.localeCompare(b.path));
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
 * Puts a verified file into the store under its digest. One that is there already keeps its file and gains the
 * names.
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
  if ((await statIfThere(path))?.size === size) await removeIfThere(file);
  else await moveInto(paths, file, path);
  return await writeSidecar(path, { facts, checksum, size, virtualSize, now });
}

/** Gives a stored image, found by digest, new names; undefined when it is not in the store. */
export async function renameImage(
  paths: Pick<Paths, "images">,
  { checksum, facts, now }: Omit<NewImage, "file">,
): Promise<StoredImage | undefined> {
  const path = imagePath(paths, checksum);
  const stat = await statIfThere(path);
  if (!stat) return undefined;
  const { virtualSize } = await readImageHeader(path);
  return await writeSidecar(path, { facts, checksum, size: stat.size, virtualSize, now });
}

/** Removes an image. Whether instances stand on it is the caller's question. */
export async function removeImage(image: Pick<StoredImage, "path">): Promise<void> {
  // The sidecar first: a file without one is no image any more.
  await removeIfThere(sidecarPath(image.path));
  await removeIfThere(image.path);
}

/** Removes copies that a killed command left and files that lost their sidecar; returns what it removed. */
export async function removeImageLeftovers(paths: Pick<Paths, "images">): Promise<string[]> {
  const names = await directory(paths.images);
  const leftovers = names.filter((name) => name.startsWith(INCOMING) || name.endsWith(".tmp")).map((
    name,
  ) => join(paths.images, name));
  for (const path of leftovers) await removeIfThere(path);
  return leftovers;
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
  const before = await readSidecar(sidecarPath(path));
  const names = "checksum" in before ? before.names : [];
  const stored = {
    ...facts,
    names: [...new Set([...facts.names, ...names])],
    checksum: { algorithm: checksum.algorithm, digest: checksum.digest },
    size,
    virtualSize,
    created: new Date(now).toISOString(),
  };
  await writeAtomic(
    sidecarPath(path),
    `${JSON.stringify({ schema: SCHEMA, ...stored }, null, 2)}\n`,
  );
  return { ...stored, path };
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

/**
 * Reads a sidecar's text; `stem` is the file's name, `<algorithm>-<digest>`.
 * @throws CubicError "image-corrupt" naming what is wrong with it.
 */
export function parseSidecar(text: string, stem: string): Omit<StoredImage, "path"> {
  const wrong = (what: string): never => {
    throw new CubicError("image-corrupt", `Cannot read the facts of an image: ${what}`);
  };
  let value: Record<string, unknown>;
  try {
    value = Object(JSON.parse(text));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const word = (key: string): string => {
    const entry = value[key];
    return typeof entry === "string" && entry !== "" ? entry : wrong(`"${key}" is no text`);
  };
  const bytes = (key: string): number => {
    const entry = value[key];
    return Number.isSafeInteger(entry) ? entry as number : wrong(`"${key}" is no number of bytes`);
  };
  if (value.schema !== SCHEMA) wrong(`its schema is ${value.schema}, this cubic reads ${SCHEMA}`);
  const [, algorithm, digest] = /^(sha256|sha512)-([0-9a-f]+)$/.exec(stem) ??
    wrong("its file name is no digest");
  const names = Array.isArray(value.names) ? value.names.map(String) : wrong(`"names" is no list`);
  const { arch, verified, codename } = value;
  if (arch !== "amd64" && arch !== "arm64") return wrong(`"arch" is ${arch}`);
  if (verified !== "checksum" && verified !== "built") return wrong(`"verified" is ${verified}`);
  return {
    names,
    distro: word("distro"),
    release: word("release"),
    ...(typeof codename === "string" && { codename }),
    version: word("version"),
    arch,
    source: word("source"),
    verified,
    checksum: { algorithm: algorithm as Checksum["algorithm"], digest: digest as string },
    size: bytes("size"),
    virtualSize: bytes("virtualSize"),
    created: word("created"),
  };
}
