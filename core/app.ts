/** What the program is made of: built once by `main.ts`, or by a test. */
import type { Distro } from "../plugins/contract.ts";
import type { Config } from "./config.ts";
import type { Host } from "./host.ts";
import type { Paths } from "./paths.ts";

/** The program's parts; a core function names the few of them it needs. */
export interface App {
  readonly host: Host;
  readonly paths: Paths;
  readonly config: Config;
  /** The registry of distributions, built-in and added. */
  readonly distros: readonly Distro[];
}
