/** What is said of images. */
import { choice, count, either, extend, flag, list, nullable, record } from "./kinds.ts";
import { type Schema, text, time } from "./kinds.ts";

const ARCH = choice("architecture", ["amd64", "arm64"]);
const FIRMWARE = choice("firmware it boots with", ["uefi", "bios"]);
const DIGEST = text("algorithm and digest, as in sha512-…");
const DAY = { type: "string", format: "date" };
const VERIFIED = choice("how its bytes are known to be right", [
  ...["signature", "checksum", "given", "built", "local"],
]);

/** An image in the store, as `describeImage` tells it. */
export const IMAGE: Schema = record("a stored image", {
  name: text("in full: distro:release:arch"),
  names: list(text("in full"), "every name that leads to it; none when another took them over"),
  distro: text("name of its distribution"),
  release: text("its release as names say it"),
  version: text("its version"),
  arch: ARCH,
  digest: DIGEST,
  size: count("bytes of the stored file"),
  virtualSize: count("bytes of the disk a guest sees"),
  verified: VERIFIED,
  source: text('the URL or path it came from, or "built"'),
  path: text("the stored file"),
  created: time("when it was stored"),
  firmware: FIRMWARE,
}, {
  codename: text("codename of its release"),
  build: text("the vendor's own number of this build"),
  origin: text("digest of the file as it came, when it was unpacked or converted"),
  signature: record("who signed it; only of signed ones", {
    fingerprint: text("of the primary key: 40 hexadecimal digits"),
    signer: text("user ID of the key"),
    signed: time("when"),
  }),
});

const USERS = { usedBy: list(text("name"), "instances that stand on it") };

/** The stored images. */
export const IMAGES: Schema = list(extend(IMAGE, USERS));

/** Images that were removed. */
export const REMOVED_IMAGES: Schema = list(IMAGE);

/** An image that was written to a file. */
export const EXPORTED: Schema = record("an image that was written to a file", {
  image: text("its name in full"),
  path: text("the file"),
  format: choice("form of the file", ["qcow2", "raw"]),
  size: count("bytes of the file"),
});

/** Images that were downloaded. */
export const PULLED: Schema = list(
  extend(IMAGE, { already: flag("true when it was stored before") }),
);

const OFFER = record("an image that its vendor offers and that is not stored", {
  name: text("in full: distro:release:arch"),
  distro: text("name of its distribution"),
  version: text("its version"),
  arch: ARCH,
  endOfLife: nullable({ ...DAY, description: "last day of support, if it is known" }),
  cached: { const: false, description: "it is not stored" },
  digest: DIGEST,
  source: text("its URL"),
  format: choice("format of the file", ["qcow2", "raw"]),
  signed: flag("true when the vendor signs it"),
  firmware: FIRMWARE,
}, {
  codename: text("codename of its release"),
  build: text("the vendor's own number of this build"),
  size: count("bytes to download; left out when the vendor does not say"),
  compression: choice("how the file is compressed", ["gzip", "xz", "zstd"]),
});

/** One image: stored or on offer. */
export const SHOWN_IMAGE: Schema = either(
  "a stored image, or what its vendor offers",
  extend(IMAGE, USERS, { intact: flag("true with --verify: the file is what it was") }),
  OFFER,
);

/** The images to choose from. */
export const CATALOGUE: Schema = list(record("an image to choose", {
  name: text("in full: distro:release:arch"),
  distro: text("name of its distribution"),
  title: text("the distribution's title"),
  version: text("its version"),
  codename: nullable(text("codename, if it has one")),
  tags: list(text("as in stable"), "moving names that lead to it now"),
  arch: ARCH,
  endOfLife: nullable({ ...DAY, description: "last day of support, if it is known" }),
  ended: flag("true when that day is over"),
  cached: flag("true when it is stored"),
  size: nullable(count("bytes of the stored file")),
  digest: nullable(DIGEST),
  verified: nullable(VERIFIED),
}));
