/** How much of a tree is taken from a guest: one that never comes to its end must fill neither memory nor disk. */
import { CubicError } from "../errors.ts";
import { printable } from "./printable.ts";
import type { TreeSource } from "./tree.ts";

/** What a tree may consist of. */
export interface TreeLimits {
  readonly entries: number;
  /** UTF-16 code units of all paths together. */
  readonly characters: number;
}

const LIMITS: TreeLimits = { entries: 10_000_000, characters: 512 * 1024 * 1024 };

/**
 * The same entries.
 * @throws CubicError "transfer-failed" when there are more than the limits allow.
 */
export async function* boundedTree(
  entries: TreeSource,
  label: string,
  limits: TreeLimits = LIMITS,
): TreeSource {
  let [count, characters] = [0, 0];
  for await (const entry of entries) {
    count += 1;
    characters += entry.path.length;
    if (count > limits.entries || characters > limits.characters) {
      throw new CubicError(
        "transfer-failed",
        `Cannot copy "${printable(label)}": it has no end, or more than ${limits.entries} files`,
        { hint: "Copy smaller parts of it." },
      );
    }
    yield entry;
  }
}
