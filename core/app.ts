/** What the program is made of: built once by `main.ts`, or by a test. */
import type { Distro } from "../plugins/contract.ts";
import type { Config } from "./config.ts";
import type { Host } from "./host.ts";
import type { Paths } from "./paths.ts";

/** A distribution as the registry knows it. */
export interface KnownDistro extends Distro {
  /** Set when the user added it: it is a stranger's program, run in a sandbox and held to public hosts. */
  readonly added?: {
    /** The path or URL it was added from. */
    readonly source: string;
    /** The SHA-256 of its file, pinned when it was added. */
    readonly digest: string;
    /** The user said that it may fetch from this machine itself. */
    readonly allowLoopback: boolean;
  };
}

/** The program's parts; a core function names the few of them it needs. */
export interface App {
  readonly host: Host;
  readonly paths: Paths;
  readonly config: Config;
  /** The registry of distributions, built-in and added. */
  readonly distros: readonly KnownDistro[];
}
