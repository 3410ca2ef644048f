/** What is known of a stored image beside its bytes: a JSON file of the same name beside it (docs/files.md). */
import * as v from "valibot";
import { CubicError } from "../errors.ts";
import type { Arch } from "../host.ts";
import type { Checksum } from "../../plugins/contract.ts";

/**
 * How the bytes are known to be right, best first: the vendor's OpenPGP signature over their digest, the vendor's
 * checksum, a digest the user gave, made here of packages that apt verified, or a file the user had.
 */
export const VERIFIED = ["signature", "checksum", "given", "built", "local"] as const;

/** One of {@linkcode VERIFIED}. */
export type Verified = typeof VERIFIED[number];

/** Who signed what the image was verified by. */
export interface SignedBy {
  /** Of the primary key: 40 hexadecimal digits. */
  readonly fingerprint: string;
  /** The user ID of the key. */
  readonly signer: string;
  /** When, as ISO 8601 in UTC. */
  readonly signed: string;
}

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
  /** The URL or path it came from, or "built". */
  readonly source: string;
  readonly verified: Verified;
  readonly signature?: SignedBy;
  /** The digest of the file as it came, where that was unpacked or converted. */
  readonly origin?: Checksum;
  /** The vendor's own number of this build. */
  readonly build?: string;
  /** Only said of images that do not boot by UEFI. */
  readonly firmware?: "bios";
  /** The x86-64 level its programs are built for, where it is not the first. */
  readonly cpuLevel?: 2 | 3;
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

/** The version of the format. */
const SCHEMA = 1;

const word = v.pipe(v.string(), v.minLength(1));
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$|^[0-9a-f]{128}$/));
const Digest = v.object({ algorithm: v.picklist(["sha256", "sha512"]), digest: hex });

const Sidecar = v.object({
  schema: v.literal(SCHEMA),
  names: v.array(v.string()),
  distro: word,
  release: word,
  codename: v.exactOptional(v.string()),
  version: word,
  arch: v.picklist(["amd64", "arm64"]),
  source: word,
  verified: v.picklist(VERIFIED),
  signature: v.exactOptional(v.object({ fingerprint: word, signer: v.string(), signed: word })),
  origin: v.exactOptional(Digest),
  build: v.exactOptional(v.string()),
  firmware: v.exactOptional(v.literal("bios")),
  cpuLevel: v.exactOptional(v.picklist([2, 3])),
  size: bytes,
  virtualSize: bytes,
  created: word,
});

/** The text of a sidecar. */
export function formatSidecar(image: Omit<StoredImage, "path">): string {
  return `${JSON.stringify({ schema: SCHEMA, ...image }, null, 2)}\n`;
}

/**
 * Reads a sidecar's text; `stem` is the file's name, `<algorithm>-<digest>`.
 * @throws CubicError "image-corrupt" naming what is wrong with it.
 */
export function parseSidecar(text: string, stem: string): Omit<StoredImage, "path"> {
  const checksum = parseStem(stem);
  try {
    const { schema: _, ...image } = v.parse(Sidecar, JSON.parse(text));
    return { ...image, checksum };
  } catch (error) {
    throw unreadable(error instanceof v.ValiError ? issueOf(error.issues[0]) : String(error));
  }
}

function issueOf(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? "file"}: ${issue.message}`;
}

function parseStem(stem: string): Checksum {
  const [, algorithm, digest] = /^(sha256|sha512)-([0-9a-f]+)$/.exec(stem) ?? [];
  if (digest === undefined) throw unreadable("its file name is no digest");
  return { algorithm: algorithm as Checksum["algorithm"], digest };
}

function unreadable(what: string): CubicError {
  return new CubicError("image-corrupt", `Cannot read the facts of an image: ${what}`);
}
