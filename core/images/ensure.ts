/** Having an image: the stored one, else discovered, downloaded, verified and stored, once per machine. */
import type { App } from "../app.ts";
import { CubicError, isCubicError } from "../errors.ts";
import { didYouMean } from "../names.ts";
import type { Operation } from "../progress.ts";
import { digestFile } from "./digest.ts";
import { PATIENCE, type Patience } from "./download.ts";
import { fetchImage } from "./fetch_image.ts";
import { fetchUrl } from "./fetch_url.ts";
import { importImage } from "./import.ts";
import { type ImageName, parseImageName } from "./name.ts";
import type { StoredImage } from "./sidecar.ts";
import { parseImageSource, parseSha256 } from "./source.ts";
import { findImage } from "./store.ts";
import { findTarget } from "./target.ts";
import { downloadLock } from "./waiting.ts";

/** How to get an image. */
export interface EnsureOptions {
  /** Ask the vendor even when an image of that name is stored, and fetch it if it is another one. */
  readonly refresh?: boolean;
  /** The SHA-256 the image has to have; needed for a URL. */
  readonly sha256?: string;
  /** Take no image whose vendor's signature was not checked; the setting `require-signature` by default. */
  readonly requireSignature?: boolean;
  /** Download even what is stored: its file is damaged. */
  readonly again?: boolean;
  /** Bytes of the disk it is wanted for: a larger image is refused before it is fetched, where that can be told. */
  readonly disk?: number;
  readonly patience?: Patience;
}

/**
 * The image of that name, URL or path. One that is stored is returned without any network; what is not is fetched
 * by one process while the others wait for it.
 * @throws CubicError "invalid-value", "distro-not-found", "image-not-found", "file-not-found", "network",
 * "image-corrupt", "signature-wrong", "signature-missing", "disk-full", "interrupted".
 */
export async function ensureImage(
  app: App,
  text: string,
  operation: Operation,
  options: EnsureOptions = {},
): Promise<StoredImage> {
  const source = parseImageSource(text);
  const sha256 = options.sha256 === undefined ? undefined : parseSha256(options.sha256);
  const patience = options.patience ?? PATIENCE;
  switch (source.kind) {
    case "file":
      return await importImage(app, { path: source.path, ...(sha256 && { sha256 }) }, operation);
    case "url":
      return await fetchUrl(
        app,
        { url: source.url, sha256, again: options.again ?? false, disk: options.disk },
        operation,
        patience,
      );
    case "name": {
      const image = await ensureNamed(app, source.name, operation, options);
      if (sha256 !== undefined) await requireDigest(image, text, sha256, operation);
      return image;
    }
  }
}

async function ensureNamed(
  app: App,
  name: ImageName,
  operation: Operation,
  options: EnsureOptions,
): Promise<StoredImage> {
  const requireSignature = options.requireSignature ?? app.config.requireSignature ?? false;
  const good = (image: StoredImage | undefined): image is StoredImage =>
    image !== undefined && (!requireSignature || image.verified === "signature");
  const known = options.refresh ? undefined : await findStored(app, name);
  if (good(known)) return known;
  const target = await findTarget(app, name, operation);
  const stored = (): Promise<StoredImage | undefined> => findImage(app.paths, target.id);
  const before = await stored();
  if (good(before) && !options.refresh) return before;

  await using _lock = await downloadLock(app, target.id, operation);
  const meanwhile = await stored();
  // Another process may have stored it while this one waited.
  const changed = meanwhile?.created !== before?.created;
  if (good(meanwhile) && (!options.refresh || changed)) return meanwhile;
  return await fetchImage(app, target, operation, {
    requireSignature,
    again: options.again ?? false,
    disk: options.disk,
    patience: options.patience ?? PATIENCE,
  });
}

/**
 * The stored image a name stands for without asking its distro: a release that is spelled out, or a name an image
 * was imported under.
 */
async function findStored(app: App, name: ImageName): Promise<StoredImage | undefined> {
  const { distro, release, arch = app.host.arch } = name;
  if (release === undefined) return undefined;
  const known = app.distros.find((one) => [one.name, ...one.aliases ?? []].includes(distro));
  return await findImage(app.paths, `${known?.name ?? distro}:${release}:${arch}`);
}

/**
 * The stored image of that name; tags such as "stable" are looked up in the release lists.
 * @throws CubicError "image-not-found" when it is not stored, and those of `findTarget`.
 */
export async function requireStored(
  app: App,
  text: string,
  operation: Operation,
): Promise<StoredImage> {
  const name = parseImageName(text);
  const image = await findStored(app, name) ?? await findByTarget(app, name, operation);
  if (image) return image;
  const listed = "`cubic image list` shows those there are";
  const names = app.distros.flatMap((distro) => [distro.name, ...distro.aliases ?? []]);
  throw new CubicError("image-not-found", `Cannot find a stored image called "${text}"`, {
    hint: names.includes(name.distro)
      ? `${listed}; \`cubic image pull ${text}\` gets it.`
      : [didYouMean(name.distro, names), `${listed}.`].filter(Boolean).join(" "),
  });
}

async function findByTarget(
  app: App,
  name: ImageName,
  operation: Operation,
): Promise<StoredImage | undefined> {
  try {
    return await findImage(app.paths, (await findTarget(app, name, operation)).id);
  } catch (error) {
    // Not known to any vendor, or no vendor to be asked: then it is not stored under that name.
    if (isCubicError(error, "interrupted")) throw error;
    return undefined;
  }
}

async function requireDigest(
  image: StoredImage,
  text: string,
  sha256: string,
  { signal }: Operation,
): Promise<void> {
  for (const known of [image.checksum, image.origin]) {
    if (known?.algorithm !== "sha256") continue;
    if (known.digest === sha256) return;
  }
  const digest = await digestFile(image.path, "sha256", signal);
  if (digest === sha256) return;
  throw new CubicError("image-corrupt", `Cannot use ${text}: it is not the image you asked for`, {
    details: `sha256 must be ${sha256}\n           but is ${digest}`,
    hint: "The vendor may have a newer one by now; leave --sha256 out to take it.",
  });
}
