/** Image names, `distro[:release][:arch]`, and what they stand for. */
import type { App, KnownDistro } from "../app.ts";
import { CubicError } from "../errors.ts";
import type { Arch } from "../host.ts";
import { didYouMean } from "../names.ts";
import type { Release } from "../../plugins/contract.ts";

/** An image name as written. */
export interface ImageName {
  readonly distro: string;
  /** A version, codename or tag; undefined asks for the stable release. */
  readonly release: string | undefined;
  /** Undefined asks for the host's own. */
  readonly arch: Arch | undefined;
}

/** What an image name stands for. */
export interface ImageTarget {
  readonly distro: KnownDistro;
  readonly release: Release;
  readonly arch: Arch;
  /** The name in full, the same for all spellings: "debian:bookworm:amd64". */
  readonly id: string;
}

const ARCHES: Readonly<Record<string, Arch>> = {
  amd64: "amd64",
  "x86_64": "amd64",
  arm64: "arm64",
  aarch64: "arm64",
};

/**
 * Reads an image name.
 * @throws CubicError "invalid-value"
 */
export function parseImageName(text: string): ImageName {
  const parts = text.split(":").map((part) => part.trim().toLowerCase());
  const [distro = "", ...rest] = parts;
  const arch = ARCHES[rest.at(-1) ?? ""];
  const [release, ...surplus] = arch === undefined ? rest : rest.slice(0, -1);
  const words = release === undefined ? [distro] : [distro, release];
  if (surplus.length > 0 || !words.every((word) => /^[a-z0-9][a-z0-9._-]*$/.test(word))) {
    throw new CubicError("invalid-value", `Cannot read ${JSON.stringify(text)} as an image name`, {
      hint: "Write distro[:release][:arch], such as debian, debian:12 or ubuntu:noble:arm64.",
    });
  }
  return { distro, release, arch };
}

/** The distro of that name or alias. @throws CubicError "distro-not-found" */
export function findDistro(distros: readonly KnownDistro[], name: string): KnownDistro {
  const found = distros.find((distro) => distroNames(distro).includes(name));
  if (found) return found;
  const near = didYouMean(name, distros.flatMap(distroNames));
  const known = `There are: ${distros.map((distro) => distro.name).join(", ")}.`;
  throw new CubicError("distro-not-found", `Cannot find a distribution called "${name}"`, {
    hint: [near, known, "`cubic distro add` adds another; a file is written with a slash: ./FILE."]
      .filter(Boolean).join("\n"),
  });
}

/**
 * What a name stands for: a bare distro means its stable release, a release is found by version, codename or
 * tag. `list` tells the releases of a distro.
 * @throws CubicError "distro-not-found" or "image-not-found", with what is on offer.
 */
export async function resolveImageName(
  app: Pick<App, "distros" | "host">,
  name: ImageName,
  list: (distro: KnownDistro) => Promise<readonly Release[]>,
): Promise<ImageTarget> {
  const distro = findDistro(app.distros, name.distro);
  const releases = await list(distro);
  const release = name.release === undefined
    ? stableRelease(releases)
    : releases.find((candidate) => releaseNames(candidate).includes(name.release ?? ""));
  if (!release) throw releaseNotFound(distro, name.release ?? "stable", releases);
  const arch = name.arch ?? app.host.arch;
  if (!release.arches.includes(arch)) {
    const title = `${distro.title} ${release.version}`;
    throw new CubicError("image-not-found", `Cannot find an image of ${title} for ${arch}`, {
      hint: `There are images for: ${release.arches.join(", ")}.`,
    });
  }
  return { distro, release, arch, id: imageId(distro, release, arch) };
}

/** Every name of an image in full: by codename or version first, then the others that never move. */
export function imageNames({ distro, release, arch, id }: ImageTarget): string[] {
  const words = [release.codename, release.version].filter((word) => word !== undefined);
  return [...new Set([id, ...words.map((word) => `${distro.name}:${word}:${arch}`)])];
}

/** The one word for a release in image names: its codename, or its version where there is none. */
export function releaseWord(release: Release): string {
  return release.codename ?? release.version;
}

/** The name of an image in full. */
export function imageId(distro: KnownDistro, release: Release, arch: Arch): string {
  return `${distro.name}:${releaseWord(release)}:${arch}`;
}

/** The release a bare distro name means. */
export function stableRelease(releases: readonly Release[]): Release | undefined {
  return releases.find(({ tags }) => tags?.includes("stable")) ?? releases[0];
}

function releaseNotFound(
  distro: KnownDistro,
  wanted: string,
  releases: readonly Release[],
): CubicError {
  const near = didYouMean(wanted, releases.flatMap(releaseNames));
  const offer = releases.map(({ version, codename }) =>
    codename === undefined ? version : `${codename} (${version})`
  );
  return new CubicError("image-not-found", `Cannot find release "${wanted}" of ${distro.title}`, {
    hint: [near, `There are: ${offer.join(", ")}.`, "`cubic images --refresh` asks the vendors."]
      .filter(Boolean).join("\n"),
  });
}

/** Every word a release is asked for by. */
export function releaseNames({ version, codename, tags }: Release): string[] {
  return [version, ...(codename === undefined ? [] : [codename]), ...(tags ?? [])];
}

function distroNames({ name, aliases }: KnownDistro): string[] {
  return [name, ...(aliases ?? [])];
}
