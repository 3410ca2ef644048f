/** What a download is asked for. */
import type { Checksum } from "../../../plugins/contract.ts";
import type { Growth } from "./growth.ts";

/** What to fetch, and where to. */
export interface Download {
  readonly url: string;
  readonly checksum: Checksum;
  /** What it is called in progress and errors. */
  readonly label: string;
  /** The partial file; one that is there is continued. Its name should tell the digest. */
  readonly partial: string;
  /** Bytes of the whole file, when the vendor's index tells: a server that has another length is refused at once. */
  readonly size?: number | undefined;
  /**
   * Throws for a URL the transfer must not be led to by a redirect; by default one from https to anything else.
   */
  readonly allow?: ((url: string) => void) | undefined;
}

/** How patient to be; tests are not. */
export interface Patience {
  /** Milliseconds of waiting for the server after which too few bytes mean that the connection is dead. */
  readonly stallMs: number;
  /** Attempts in a row that may bring next to nothing. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly backoffMs: number;
  /** Bytes a second that must come on average over the stall time; 1024 by default. */
  readonly minimumRate?: number;
  /** Bytes that a body without a length may have; 64 GiB by default, and never all of the disk. */
  readonly longest?: number;
  /** When to use several connections. */
  readonly growth?: Growth;
}
