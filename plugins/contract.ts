/**
 * The contract between cubic and a distribution, version 1. It imports nothing: this file is all an author
 * needs. A distro is one value; the only thing it can do to the world is `ctx.fetchText`.
 */

/** A processor architecture, in Debian's words. */
export type DistroArch = "amd64" | "arm64";

/** What a distro is given when it is asked something. */
export interface DistroContext {
  /** The base URL to use: the distro's own, or the mirror the user has set. No trailing slash. */
  readonly baseUrl: string;
  /**
   * The text at a URL of one of the declared hosts, size and time limited, cached for the command.
   * Rejects when the server answers anything but 200.
   */
  fetchText(url: string): Promise<string>;
}

/** A release a distro offers. */
export interface Release {
  /** The version people write: "12", "24.04"; "rolling" for a distro without versions. */
  readonly version: string;
  /** The codename, where there is one: "bookworm". */
  readonly codename?: string;
  /** Moving names for this release, such as "stable", "latest" or "lts". A bare distro means "stable". */
  readonly tags?: readonly string[];
  /** The last day of support by the vendor, as YYYY-MM-DD. */
  readonly endOfLife?: string;
  readonly arches: readonly DistroArch[];
  /** The x86-64 level (psABI) its amd64 programs are built for; 1 when left out. */
  readonly cpuLevel?: 1 | 2 | 3;
}

/** A digest the image must have. */
export interface Checksum {
  readonly algorithm: "sha256" | "sha512";
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

/** A key that may sign. */
export interface SigningKey {
  /** The fingerprint of the primary key: 40 hexadecimal digits, upper case. */
  readonly fingerprint: string;
  /** Where the vendor publishes it, on a declared host; without it the user has to give the key. */
  readonly url?: string;
}

/** An OpenPGP signature (RFC 9580) by one of the pinned keys. */
export type Signature =
  /**
   * Over the checksum list that names the image. `detached` is the URL of the signature, armored or binary; it is
   * left out when the list is clear-signed.
   */
  | {
    readonly signs: "checksums";
    readonly list: string;
    readonly detached?: string;
    readonly keys: readonly SigningKey[];
  }
  /** Over the image file itself. */
  | {
    readonly signs: "image";
    readonly detached: string;
    readonly keys: readonly SigningKey[];
  };

/** An image that can be downloaded and verified. */
export interface RemoteImage {
  readonly url: string;
  readonly format: "qcow2" | "raw";
  /** How the file at the URL is compressed; the checksum is of that file. */
  readonly compression?: "gzip" | "xz" | "zstd";
  readonly checksum: Checksum;
  /** Bytes to download, where the vendor's index says so. */
  readonly size?: number;
  /** The vendor's own number of this build, such as "20261001-2618", where it is known. */
  readonly build?: string;
  /** Left out when the vendor signs nothing. */
  readonly signature?: Signature;
  /** The firmware it boots with; "uefi" when left out. */
  readonly firmware?: "uefi" | "bios";
}

/** What core must know of a distro's guests. */
export interface GuestFacts {
  /** The least memory its image boots and installs packages with, in bytes. */
  readonly minimumMemory: number;
  /** The login shell of the user; "/bin/bash" when left out. */
  readonly shell?: string;
  /** How the user becomes root without a password; "sudo" when left out. */
  readonly privilege?: "sudo" | "doas";
  /** False when renaming the network card at first boot harms; true when left out. */
  readonly renameCard?: boolean;
}

/** A distribution. */
export interface Distro {
  readonly contract: 1;
  /** Lower-case word used in image names: "debian". */
  readonly name: string;
  readonly title: string;
  readonly aliases?: readonly string[];
  /** Where its images are; the setting `mirror.<name>` replaces it. No trailing slash. */
  readonly baseUrl: string;
  /** The hosts it fetches from, beside the one of `baseUrl`. */
  readonly hosts: readonly string[];
  readonly guest: GuestFacts;
  /** The releases on offer, newest first. */
  releases(ctx: DistroContext): Promise<readonly Release[]>;
  /** The image of one of these releases. */
  image(
    ctx: DistroContext,
    request: { readonly release: Release; readonly arch: DistroArch },
  ): Promise<RemoteImage>;
}
