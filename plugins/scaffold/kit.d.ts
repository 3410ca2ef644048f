declare module "cubic:kit" {
  import type { Checksum, DistroArch, Release } from "cubic:contract";

  /** The digests of a checksum file by file name. */
  export type Checksums = ReadonlyMap<string, Checksum>;
  /** Reads a checksum file in any dialect. */
  export function parseChecksums(text: string): Checksums;
  /** The digest of one file. Throws when the list has none, or two. */
  export function checksumOf(text: string, file: string): Checksum;

  /** A file or a directory that a listing links. */
  export interface ListingEntry {
    readonly name: string;
    readonly directory: boolean;
  }
  /** What a web server's directory listing has. */
  export function parseListing(html: string): readonly ListingEntry[];

  /** The releases with further tags on the first of them: "stable" and "latest". */
  export function tagFirst(
    releases: readonly Release[],
    tags?: readonly string[],
  ): readonly Release[];
  /** "x86_64" or "aarch64". */
  export function kernelArch(arch: DistroArch): "x86_64" | "aarch64";

  /** Compares two versions: below zero when `a` is the older. */
  export function compareVersions(a: string, b: string): number;
  /** The item with the highest version. */
  export function newest<T>(items: readonly T[], versionOf: (item: T) => string): T | undefined;
  /** Of the names that match as a whole, the match with the highest version. */
  export function newestMatch(
    names: readonly string[],
    pattern: RegExp,
  ): RegExpExecArray | undefined;

  /** A product of a simplestreams index: one release for one architecture. */
  export interface StreamProduct {
    readonly key: string;
    readonly arch: string;
    readonly version: string;
    readonly release: string;
    readonly title: string;
    readonly supportEol?: string;
    readonly supported: boolean;
    readonly aliases: readonly string[];
    /** Newest first. */
    readonly versions: readonly StreamVersion[];
  }
  export interface StreamVersion {
    readonly serial: string;
    readonly items: readonly StreamItem[];
  }
  export interface StreamItem {
    readonly name: string;
    readonly ftype: string;
    readonly path: string;
    readonly sha256?: string;
    readonly size?: number;
  }
  /** Reads the products of a simplestreams index. */
  export function parseSimplestreams(text: string): readonly StreamProduct[];

  export type JsonObject = Readonly<Record<string, unknown>>;
  /** Reads JSON; `what` is for the error. */
  export function readJson(text: string, what: string): unknown;
  /** The value if it is an object, an empty one otherwise. */
  export function asObject(value: unknown): JsonObject;
  /** The value if it is a list, an empty one otherwise. */
  export function asList(value: unknown): readonly unknown[];
  /** The value if it is text. */
  export function asText(value: unknown): string | undefined;
  /** The value if it is a whole number of bytes, also as text. */
  export function asSize(value: unknown): number | undefined;
}
