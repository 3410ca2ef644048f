/** Having an image: the stored one, else discovered, downloaded, verified and stored, once per machine. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { isCubicError } from "../errors.ts";
import { type Lock, tryAcquireLock } from "../lock.ts";
import type { Operation } from "../progress.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import { download, PATIENCE, type Patience } from "./download.ts";
import {
  findDistro,
  imageNames,
  type ImageTarget,
  parseImageName,
  releaseWord,
  resolveImageName,
} from "./name.ts";
import { distroContext, requireAllowed, resolveRemote } from "./resolve.ts";
import { addImage, findImage, type ImageFacts, renameImage, type StoredImage } from "./store.ts";

/** How to get an image. */
export interface EnsureOptions {
  /** Ask the vendor even when an image of that name is stored, and fetch it if it is another one. */
  readonly refresh?: boolean;
  readonly patience?: Patience;
}

/** How often a waiting process looks whether the downloading one is done, in milliseconds. */
const LOOK_EVERY = 200;

/**
 * The image of that name. One that is stored is returned without any network; what is not is fetched by one
 * process while the others wait for it.
 * @throws CubicError "invalid-value", "distro-not-found", "image-not-found", "network", "image-corrupt",
 * "disk-full", "interrupted".
 */
export async function ensureImage(
  app: App,
  name: string,
  operation: Operation,
  options: EnsureOptions = {},
): Promise<StoredImage> {
  const known = options.refresh ? undefined : await findByName(app, name);
  if (known) return known;
  const target = await targetOf(app, name, operation);
  const stored = (): Promise<StoredImage | undefined> => findImage(app.paths, target.id);
  const before = await stored();
  if (before && !options.refresh) return before;

  await using _lock = await downloadLock(app, target, operation);
  const meanwhile = await stored();
  // Another process may have stored it while this one waited.
  if (meanwhile && (!options.refresh || meanwhile.created !== before?.created)) return meanwhile;
  return await fetchImage(app, target, operation, options.patience ?? PATIENCE);
}

/** Looks a spelled-out name up without asking the distro, which may need the network to tell its releases. */
async function findByName(app: App, text: string): Promise<StoredImage | undefined> {
  const { distro, release, arch } = parseImageName(text);
  if (release === undefined) return undefined;
  const name = `${findDistro(app.distros, distro).name}:${release}:${arch ?? app.host.arch}`;
  return await findImage(app.paths, name);
}

async function targetOf(app: App, text: string, { signal }: Operation): Promise<ImageTarget> {
  const context = (distro: ImageTarget["distro"]): ReturnType<typeof distroContext> =>
    distroContext(app, distro, signal);
  return await resolveImageName(app, parseImageName(text), context);
}

async function fetchImage(
  app: App,
  target: ImageTarget,
  operation: Operation,
  patience: Patience,
): Promise<StoredImage> {
  operation.report({ kind: "step", text: `Looking for ${target.id}` });
  const remote = await resolveRemote(app, target, operation.signal);
  try {
    return await fetchAndStore(app, target, remote, operation, patience);
  } catch (error) {
    if (!isCubicError(error, "image-corrupt")) throw error;
    // A moving name can be replaced between the list and the image: then the list is new too.
    const now = await resolveRemote(app, target, operation.signal);
    if (now.checksum.digest === remote.checksum.digest) throw error;
    return await fetchAndStore(app, target, now, operation, patience);
  }
}

async function fetchAndStore(
  app: App,
  target: ImageTarget,
  { url, checksum }: RemoteImage,
  operation: Operation,
  patience: Patience,
): Promise<StoredImage> {
  const facts = factsOf(target, url);
  const same = await renameImage(app.paths, { checksum, facts, now: app.host.now() });
  if (same) return same;
  const partial = join(downloads(app), `${checksum.algorithm}-${checksum.digest}.part`);
  const allow = (reached: string): void => requireSafeRedirect(app, target, url, reached);
  await download(
    app.host,
    { url, checksum, label: target.id, partial, allow },
    operation,
    patience,
  );
  return await addImage(app.paths, { file: partial, checksum, facts, now: app.host.now() });
}

function factsOf(target: ImageTarget, url: string): ImageFacts {
  const { distro, release, arch } = target;
  return {
    names: imageNames(target),
    distro: distro.name,
    release: releaseWord(release),
    ...(release.codename !== undefined && { codename: release.codename }),
    version: release.version,
    arch,
    source: url,
    verified: "checksum",
  };
}

/**
 * Vendors send large files on to mirrors of their own, whose names nobody declares. The digest guards the bytes;
 * what a redirect must not do is lead from https to a plain connection.
 */
function requireSafeRedirect(
  app: App,
  { distro }: ImageTarget,
  asked: string,
  reached: string,
): void {
  if (reached === asked || reached.startsWith("https:")) return;
  requireAllowed(app, distro, reached);
}

/** Takes the image's lock; a process that finds it taken shows how far the other one's download is. */
async function downloadLock(
  app: App,
  target: ImageTarget,
  { signal, report }: Operation,
): Promise<Lock> {
  const name = `image-${target.id.replaceAll(":", "-")}`;
  const take = (): Promise<Lock | undefined> =>
    tryAcquireLock(app.paths, name, `downloading ${target.id}`);
  let lock = await take();
  if (!lock) report({ kind: "step", text: `Waiting for another cubic to download ${target.id}` });
  while (!lock) {
    await app.host.sleep(LOOK_EVERY, signal);
    lock = await take();
    const done = await newestPartialSize(app);
    if (!lock && done > 0) report({ kind: "bytes", label: target.id, done, total: undefined });
  }
  return lock;
}

/** Bytes of the partial download that was written to last: with one download under way, that one's. */
async function newestPartialSize(app: App): Promise<number> {
  let newest = { size: 0, time: 0 };
  try {
    for await (const { name } of Deno.readDir(downloads(app))) {
      if (!name.endsWith(".part")) continue;
      const stat = await statIfThere(join(downloads(app), name));
      const time = stat?.mtime?.getTime() ?? 0;
      if (stat && time > newest.time) newest = { size: stat.size, time };
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return newest.size;
}

function downloads({ paths }: Pick<App, "paths">): string {
  return join(paths.cache, "downloads");
}
