/** How much of a directory listing is taken: a server that never comes to the end must not fill our memory. */
import { CubicError } from "../errors.ts";

/** What may still come, for one listing or for all those of one tree. */
export interface ListingBudget {
  names: number;
  /** In UTF-16 code units, of all names together. */
  characters: number;
}

/** A million names of ordinary length. */
export function listingBudget(): ListingBudget {
  return { names: 1_000_000, characters: 64 * 1024 * 1024 };
}

/**
 * Takes names off what may still come.
 * @throws CubicError "transfer-failed" when there are more.
 */
export function spendNames(budget: ListingBudget, names: readonly string[]): void {
  budget.names -= names.length;
  for (const name of names) budget.characters -= name.length;
  if (budget.names >= 0 && budget.characters >= 0) return;
  throw new CubicError(
    "transfer-failed",
    "Cannot list the guest's directories: the list has no end, or more than a million names",
    { hint: "Copy a smaller part of the tree, or install tar in the guest." },
  );
}
