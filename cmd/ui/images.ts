/** Images as people and programs see them. Pure. */
import type { StoredImage, Verified } from "../../core/images/sidecar.ts";
import type { ImageTarget } from "../../core/images/name.ts";
import { formatSize } from "../../core/size.ts";
import type { RemoteImage } from "../../plugins/contract.ts";
import { formatSince } from "./moment.ts";
import { renderFacts, renderTable } from "./table.ts";

/** How an image is known to be right, in words. */
export const HOW_VERIFIED: Readonly<Record<Verified, string>> = {
  signature: "by the vendor's signature",
  checksum: "by the vendor's checksum",
  given: "by the digest given",
  built: "made here of packages that apt verified",
  local: "no, it is a file of yours",
};

/** An image in the form that `--json` promises: names never change their meaning. Sizes are bytes. */
export function describeImage(image: StoredImage): Record<string, unknown> {
  const { names, distro, release, codename, version, arch, source, verified } = image;
  const { checksum, size, virtualSize, path, created, signature, build, firmware, origin } = image;
  return {
    name: names[0] ?? [distro, release, arch].join(":"),
    ...{ names, distro, release, codename, version, build, arch },
    digest: `${checksum.algorithm}-${checksum.digest}`,
    ...(origin && { origin: `${origin.algorithm}-${origin.digest}` }),
    ...{ size, virtualSize, verified, signature, source, path, created },
    firmware: firmware ?? "uefi",
  };
}

/** The stored images as a table; `users` are the instances on each, by its path. */
export function renderImages(
  images: readonly StoredImage[],
  users: ReadonlyMap<string, readonly string[]>,
  width: number,
): string {
  // Few vendors number their builds.
  const builds = images.some(({ build }) => build !== undefined);
  const columns = [
    { title: "NAME" },
    ...(builds ? [{ title: "BUILD" }] : []),
    { title: "SIZE", align: "right" as const },
    { title: "VERIFIED BY" },
    { title: "STORED" },
    { title: "INSTANCES" },
  ];
  return renderTable(
    columns,
    images.map((image) => [
      // Another image has taken over its name.
      image.names[0] ?? `(old) ${[image.distro, image.release, image.arch].join(":")}`,
      ...(builds ? [image.build ?? ""] : []),
      formatSize(image.size),
      image.verified === "local" ? "nothing" : image.verified,
      image.created.slice(0, 10),
      (users.get(image.path) ?? []).join(", "),
    ]),
    width,
  );
}

/** All facts of a stored image. */
export function renderImage(
  image: StoredImage,
  usedBy: readonly string[],
  now = Date.now(),
): string {
  const { names, checksum, signature, origin } = image;
  return renderFacts([
    ["Name", names[0] ?? `(old) ${[image.distro, image.release, image.arch].join(":")}`],
    ["Other names", names.slice(1).join("\n") || undefined],
    ["Build", image.build],
    ["Verified", HOW_VERIFIED[image.verified]],
    ["Signed by", signature && `${signature.signer}\n${signature.fingerprint}`],
    ["Signed", signature?.signed],
    ["Digest", `${checksum.algorithm} ${checksum.digest}`],
    ["Downloaded", origin && `${origin.algorithm} ${origin.digest}`],
    ["Source", image.source],
    ["Size", formatSize(image.size)],
    ["Disk", formatSize(image.virtualSize)],
    ["Firmware", image.firmware],
    ["Stored", formatSince(image.created, now)],
    ["File", image.path],
    ["Instances", usedBy.join(", ") || undefined],
  ]);
}

/** What a vendor offers. */
export interface Offer {
  readonly target: ImageTarget;
  readonly remote: RemoteImage;
}

/** An offer in the form that `--json` promises. */
export function describeOffer({ target, remote }: Offer): Record<string, unknown> {
  const { release, distro, arch, id } = target;
  const { url, checksum, size, format, compression, signature, firmware, build } = remote;
  return {
    name: id,
    ...{ distro: distro.name, version: release.version, codename: release.codename, build, arch },
    endOfLife: release.endOfLife ?? null,
    cached: false,
    digest: `${checksum.algorithm}-${checksum.digest}`,
    ...{ size, source: url, format, compression },
    signed: signature !== undefined,
    firmware: firmware ?? "uefi",
  };
}

/** All facts of an offer. */
export function renderOffer({ target, remote }: Offer): string {
  const { release, id } = target;
  const { url, checksum, size, format, compression, signature } = remote;
  return renderFacts([
    ["Name", id],
    ["Release", release.version],
    ["Tags", release.tags?.join(", ")],
    ["Build", remote.build],
    ["Supported until", release.endOfLife],
    ["Stored", "no"],
    ["Source", url],
    ["Size", size === undefined ? undefined : formatSize(size)],
    ["Format", compression === undefined ? format : `${format}, ${compression}`],
    ["Firmware", remote.firmware],
    ["Digest", `${checksum.algorithm} ${checksum.digest}`],
    ["Signed", signature ? signature.keys.map(({ fingerprint }) => fingerprint).join("\n") : "no"],
  ]);
}
