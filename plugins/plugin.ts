/** What a plugin's file is, whatever it is written in. */
import type { DistroArch, DistroContext, Release } from "./contract.ts";

/** The languages of plugins, as their files end. */
export type PluginKind = "ts" | "js" | "toml" | "yaml";

/** A plugin's file. */
export interface PluginFile {
  /** Its name without a path: letters, digits, dots, hyphens and underscores. */
  readonly name: string;
  readonly kind: PluginKind;
  readonly text: string;
}

/** An opened file: what it answers is nobody's word yet. */
export interface Plugin {
  facts(): Promise<unknown>;
  releases(ctx: DistroContext): Promise<unknown>;
  image(
    ctx: DistroContext,
    request: { readonly release: Release; readonly arch: DistroArch },
  ): Promise<unknown>;
}
