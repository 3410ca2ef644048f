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
  /** The version people write: "12", "24.04". */
  readonly version: string;
  /** The codename, where there is one: "bookworm". */
  readonly codename?: string;
  /** Moving names for this release, such as "stable", "latest" or "lts". */
  readonly tags?: readonly string[];
  /** The last day of support by the vendor, as YYYY-MM-DD. */
  readonly endOfLife?: string;
  readonly arches: readonly DistroArch[];
}

/** A digest the image must have. */
export interface Checksum {
  readonly algorithm: "sha256" | "sha512";
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

/** An image that can be downloaded and verified. */
export interface RemoteImage {
  readonly url: string;
  readonly format: "qcow2";
  readonly checksum: Checksum;
  /** Bytes to download, where the vendor's index says so. */
  readonly size?: number;
}

/** What core must know of a distro's guests. */
export interface GuestFacts {
  /** The least memory its image boots and installs packages with, in bytes. */
  readonly minimumMemory: number;
}

/** A distribution. */
export interface Distro {
  readonly contract: 1;
  /** Lower-case word used in image names: "debian". */
  readonly name: string;
  readonly title: string;
  readonly aliases?: readonly string[];
  /** Where its images are; `config.toml` can replace it under `[mirror]`. No trailing slash. */
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
