/** What can be removed to free the host's disk: the kinds of it, and what each kind has to know. */
import type { App } from "../app.ts";
import type { Operation } from "../progress.ts";

/** The kinds, in the order in which they are removed: what an instance stood on comes after it. */
export const PRUNE_KINDS = [
  "temporary",
  "expired",
  "leftovers",
  "layers",
  "cache",
  "images",
] as const;

/** One of {@linkcode PRUNE_KINDS}. */
export type PruneKind = typeof PRUNE_KINDS[number];

/** Removed unless something else was asked for: images are left, since they may have to be downloaded again. */
export const SAFE_KINDS: readonly PruneKind[] = PRUNE_KINDS.filter((kind) => kind !== "images");

/** One thing that can be removed. */
export interface Prunable {
  readonly kind: PruneKind;
  /** The name of an instance or image, or the path of a file. */
  readonly name: string;
  /** Bytes that are free when it is gone. */
  readonly bytes: number;
  /** What is worth knowing before it is removed. */
  readonly note?: string;
}

/** What a kind needs to know. */
export interface Pruner {
  /** What of it can be removed, once the instances that are `leaving` are gone. */
  find(app: App, leaving: ReadonlySet<string>): Promise<readonly Omit<Prunable, "kind">[]>;
  /** Removes one of them if it may still be removed; tells whether it was. */
  remove(app: App, name: string, operation: Operation): Promise<boolean>;
}
