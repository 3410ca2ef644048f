/** All images there are to choose from: what the distributions offer, and what is stored. */
import type { App, KnownDistro } from "../app.ts";
import type { Arch } from "../host.ts";
import type { Operation } from "../progress.ts";
import type { Release } from "../../plugins/contract.ts";
import { findDistro, imageId } from "./name.ts";
import { allReleases, type ReleaseList, type ReleaseOptions } from "./releases.ts";
import type { StoredImage } from "./sidecar.ts";
import { listImages } from "./store.ts";

/** What to list. */
export interface CatalogueRequest {
  /** Names or aliases of distributions; all when empty. */
  readonly distros: readonly string[];
  /** Other architectures than the host's, and releases whose support has ended, too. */
  readonly all: boolean;
}

/** One image on offer, or one that is stored and that nobody offers any more. */
export interface CatalogueEntry {
  /** In full: distro:release:arch. */
  readonly name: string;
  readonly distro: string;
  readonly title: string;
  readonly version: string;
  readonly codename: string | undefined;
  readonly tags: readonly string[];
  readonly arch: Arch;
  /** The last day of support, as YYYY-MM-DD. */
  readonly endOfLife: string | undefined;
  /** True when that day is over. */
  readonly ended: boolean;
  readonly stored: StoredImage | undefined;
}

/** The list, and whose part of it could not be renewed. */
export interface Catalogue {
  readonly entries: readonly CatalogueEntry[];
  readonly stale: readonly ReleaseList[];
}

/**
 * Lists the images. Vendors are asked at once, and only those whose list is old; one that can't be reached costs
 * nobody else's part.
 * @throws CubicError "distro-not-found", "interrupted".
 */
export async function catalogue(
  app: App,
  request: CatalogueRequest,
  operation: Operation,
  options: ReleaseOptions = {},
): Promise<Catalogue> {
  const wanted = request.distros.map((name) => findDistro(app.distros, name));
  const distros = wanted.length === 0 ? app.distros : [...new Set(wanted)];
  const [lists, { images }] = await Promise.all([
    allReleases({ ...app, distros }, operation, options),
    listImages(app.paths),
  ]);
  const today = new Date(app.host.now()).toISOString().slice(0, 10);
  const offers = lists.flatMap(({ distro, releases }) => offersOf(distro, releases, images, today));
  const offered = new Set(offers.map(({ name }) => name));
  const others = wanted.length > 0
    ? []
    : images.filter(({ names }) => names.length > 0 && !names.some((name) => offered.has(name)))
      .map(ownEntry);
  const entries = [...offers, ...others].filter((entry) => isShown(app, request, entry));
  return { entries, stale: lists.filter(({ failure }) => failure !== undefined) };
}

function isShown(
  { host }: App,
  { all }: CatalogueRequest,
  { arch, ended, stored }: CatalogueEntry,
): boolean {
  return all || stored !== undefined || (arch === host.arch && !ended);
}

function offersOf(
  distro: KnownDistro,
  releases: readonly Release[],
  images: readonly StoredImage[],
  today: string,
): CatalogueEntry[] {
  return releases.flatMap((release) =>
    release.arches.map((arch) => {
      const name = imageId(distro, release, arch);
      const { version, codename, tags = [], endOfLife } = release;
      return {
        ...{ name, distro: distro.name, title: distro.title, version, codename, tags, arch },
        endOfLife,
        ended: endOfLife !== undefined && endOfLife < today,
        stored: images.find(({ names }) => names.includes(name)),
      };
    })
  );
}

function ownEntry(image: StoredImage): CatalogueEntry {
  const { names, distro, version, codename, arch } = image;
  return {
    ...{ name: names[0] ?? "", distro, title: distro, version, codename, tags: [], arch },
    ...{ endOfLife: undefined, ended: false, stored: image },
  };
}
