/** Taking a file of the user's into the store; the file itself is left alone. */
import { basename, resolve } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import type { Arch } from "../host.ts";
import type { Operation } from "../progress.ts";
import { digestFile } from "./digest.ts";
import { withIncoming } from "./incoming.ts";
import type { ImageName } from "./name.ts";
import type { ImageFacts, StoredImage } from "./sidecar.ts";
import { sniffImage } from "./sniff.ts";
import { archOfFile, fileWord } from "./source.ts";
import { addImage, renameImage } from "./store.ts";
import { unpackImage } from "./unpack.ts";

/** What to import, and as what. */
export interface ImportRequest {
  readonly path: string;
  /** Lower-case; the file must have it. */
  readonly sha256?: string;
  /** The name it gets, with a release; one made of the file's name when left out. */
  readonly name?: ImageName;
  /** What its name tells by default, or else the host's. */
  readonly arch?: Arch;
}

/** The distribution images belong to that were given as a file or URL. */
export const LOCAL = "local";

/**
 * Copies an image into the store, unpacked and converted to qcow2 where it is not.
 * @throws CubicError "file-not-found", "image-corrupt", "disk-full", "interrupted".
 */
export async function importImage(
  app: App,
  request: ImportRequest,
  operation: Operation,
): Promise<StoredImage> {
  const path = resolve(request.path);
  await requireFile(path, request.path);
  const label = basename(path);
  const form = await sniffImage(path);
  operation.report({ kind: "step", text: `Reading ${label}` });
  const digest = await digestFile(path, "sha256", operation.signal);
  requireGiven(request, digest);
  const checksum = { algorithm: "sha256", digest } as const;
  const facts: ImageFacts = {
    ...nameFacts(app, request, fileFacts(app, label, digest)),
    source: path,
    verified: request.sha256 === undefined ? "local" : "given",
  };
  const now = app.host.now();
  const same = await renameImage(app.paths, { checksum, facts, now });
  if (same) return same;
  return await withIncoming(app, `importing ${label}`, operation.signal, async (into) => {
    const file = await unpackImage(app.host, { file: path, ...form, into, label }, operation);
    const own = await digestFile(file, "sha256", operation.signal);
    return await addImage(app.paths, {
      file,
      checksum: { algorithm: "sha256", digest: own },
      facts: { ...facts, ...(own !== digest && { origin: checksum }) },
      now,
    });
  });
}

/** What is known of an image that comes as a file, of whatever name. */
export function fileFacts(
  app: App,
  file: string,
  digest: string,
): Omit<ImageFacts, "source" | "verified"> {
  const arch = archOfFile(file) ?? app.host.arch;
  const version = fileWord(file, digest);
  return { names: [`${LOCAL}:${version}:${arch}`], distro: LOCAL, release: version, version, arch };
}

function nameFacts(
  app: App,
  { name, arch: wanted, path }: ImportRequest,
  facts: ReturnType<typeof fileFacts>,
): ReturnType<typeof fileFacts> {
  const arch = wanted ?? name?.arch ?? archOfFile(path) ?? app.host.arch;
  if (!name) return { ...facts, names: [`${LOCAL}:${facts.version}:${arch}`], arch };
  const { distro, release } = name;
  if (release === undefined) {
    throw new CubicError("invalid-value", `Cannot name an image "${distro}" alone`, {
      hint: `Add a release: \`--name ${distro}:1.0\`.`,
    });
  }
  return { names: [`${distro}:${release}:${arch}`], distro, release, version: release, arch };
}

async function requireFile(path: string, written: string): Promise<void> {
  const stat = await statIfThere(path).catch((error) => {
    throw describeFailure(`read ${written}`, error);
  });
  if (stat?.isFile) return;
  if (stat?.isDirectory) {
    throw new CubicError("invalid-value", `Cannot use ${written} as an image: it is a directory`);
  }
  throw new CubicError("file-not-found", `Cannot find the image file ${written}`, {
    hint: "An image of a distribution is written without a slash, as in debian:12.",
  });
}

function requireGiven({ path, sha256 }: ImportRequest, digest: string): void {
  if (sha256 === undefined || sha256 === digest) return;
  throw new CubicError("image-corrupt", `Cannot use ${path}: it is not what was announced`, {
    details: `sha256 must be ${sha256}\n           but is ${digest}`,
    hint: "Get the file again; it is damaged, or another one than you think.",
  });
}
