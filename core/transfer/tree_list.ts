/** What a tree consists of, and how much it is, before or while it is copied. */
import { listGuestTree } from "./guest_list.ts";
import { listHostTree } from "./host_list.ts";
import { type ListedEntry, totals, withoutExcluded } from "./listing.ts";
import type { Total, TreeRequest } from "./tree_ends.ts";

/** The total becomes known while bytes move already, so that nobody waits for it. */
export function expectTotal(
  { from, source }: TreeRequest,
  signal: AbortSignal,
): Total {
  const total: Total = { bytes: source.kind === "file" ? source.size : undefined };
  if (from.side === "guest" && source.kind === "directory") {
    listGuestTree(from.connection, source.path).then((entries) => {
      if (entries && !signal.aborted) total.bytes = totals(entries).bytes;
    }).catch(() => {}); // Only the progress lacks it.
  }
  return total;
}

/**
 * What a tree consists of, without what is excluded; undefined when its guest can't tell.
 * @throws CubicError when it can't be read.
 */
export async function listTree(
  request: Pick<TreeRequest, "from" | "source" | "exclude" | "warn">,
  signal: AbortSignal,
): Promise<readonly ListedEntry[] | undefined> {
  const { from, source, exclude, warn } = request;
  if (from.side === "host") return await listHostTree(source.path, { exclude, warn, signal });
  if (source.kind === "file") return [{ ...source, path: "", kind: "file" }];
  const list = await listGuestTree(from.connection, source.path);
  return list && withoutExcluded(list, exclude);
}
