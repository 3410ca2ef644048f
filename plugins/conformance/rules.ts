/** What releases and images have to be beyond their shape. Each rule returns a sentence for each fault. */
import type { Distro, DistroContext, Release, RemoteImage } from "../contract.ts";
import { compareVersions } from "../kit.ts";
import { isLoopback } from "../../core/images/hosts.ts";

/** The places a distro may name. */
export interface Places {
  /** Hosts with the port if it is not the usual one. */
  readonly hosts: readonly string[];
  /** The base URL in use; a mirror may be plain http. */
  readonly baseUrl: string;
  /** Plain http to this machine is fine. */
  readonly allowLoopback: boolean;
}

/** The places of a distro: its hosts, that of its base URL, and that of the mirror in use. */
export function placesOf(
  distro: Pick<Distro, "baseUrl" | "hosts">,
  ctx: Pick<DistroContext, "baseUrl">,
  allowLoopback: boolean,
): Places {
  const hosts = [distro.baseUrl, ctx.baseUrl].map((url) => URL.parse(url)?.host ?? "");
  return { hosts: [...hosts, ...distro.hosts], baseUrl: ctx.baseUrl, allowLoopback };
}

/** Why a URL may not be named or fetched; undefined when it may. */
export function strayReason(
  text: string,
  { hosts, baseUrl, allowLoopback }: Places,
): string | undefined {
  const url = URL.parse(text);
  if (!url) return `${text} is no URL`;
  if (!/^https?:$/.test(url.protocol)) return `${text} is not https`;
  if (!hosts.includes(url.host)) return `${url.host} is none of its declared hosts`;
  if (url.protocol === "https:") return undefined;
  const base = URL.parse(baseUrl);
  const mirrored = url.protocol === base?.protocol && url.host === base.host;
  const local = url.protocol === "http:" && allowLoopback && isLoopback(url);
  return mirrored || local ? undefined : `${text} is not https`;
}

/** Every version, codename and tag stands for one release. */
export function ambiguousWords(releases: readonly Release[]): string[] {
  const seen = new Set<string>();
  return releases.flatMap(wordsOf).filter((word) => seen.size === seen.add(word).size)
    .map((word) => `"${word}" stands for more than one release, or twice for one`);
}

/** The newest is first, as far as versions are numbers. */
export function misplaced(releases: readonly Release[]): string[] {
  const versions = releases.map(({ version }) => version).filter((it) => /^\d+(\.\d+)*$/.test(it));
  return versions.slice(1).flatMap((version, index) => {
    const before = versions[index] ?? "";
    return compareVersions(before, version) > 0 ? [] : [`${version} stands after ${before}`];
  });
}

/** The URLs an image names lead to its distro's hosts. */
export function strayUrls({ url, signature }: RemoteImage, places: Places): string[] {
  const keys = signature?.keys.map((key) => key.url) ?? [];
  const list = signature?.signs === "checksums" ? signature.list : undefined;
  return [url, list, signature?.detached, ...keys]
    .flatMap((it) => it === undefined ? [] : strayReason(it, places) ?? []);
}

const ENDINGS = { gzip: /\.gz$/, xz: /\.xz$/, zstd: /\.zst$/ } as const;

/** The file at the end of the URL has a name that can be kept, and that fits how it is compressed. */
export function oddFileName({ url, compression }: RemoteImage): string[] {
  const name = URL.parse(url)?.pathname.split("/").at(-1) ?? "";
  if (!/^[a-z0-9][a-z0-9._+~-]{0,199}$/i.test(name)) {
    return [`${JSON.stringify(name)} at the end of ${url} is no file name`];
  }
  const compressed = (["gzip", "xz", "zstd"] as const).find((kind) => ENDINGS[kind].test(name));
  return compressed !== undefined && compressed !== compression
    ? [
      `${name} is compressed with ${compressed} by its name, and with ${
        compression ?? "nothing"
      } by the image`,
    ]
    : [];
}

function wordsOf({ version, codename, tags = [] }: Release): readonly string[] {
  return [version, ...codename === undefined ? [] : [codename], ...tags];
}
