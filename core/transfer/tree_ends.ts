/** Opening both ends of a tree's way: in the host, or by the first route that a guest offers. */
import { CubicError } from "../errors.ts";
import { boundedTree } from "./bounded_tree.ts";
import { excludeNothing, type Excluder } from "./exclude.ts";
import { sharedRefusal } from "./guest_failure.ts";
import { listGuestTree } from "./guest_list.ts";
import { followHostTree } from "./host_list.ts";
import { readHostTree } from "./host_source.ts";
import { openHostTarget } from "./host_target.ts";
import { totals, type Warn, withoutExcluded } from "./listing.ts";
import type { Found, Place } from "./place.ts";
import type { RouteOperation } from "./route.ts";
import { openScpTree } from "./routes/scp_source.ts";
import { openScpTarget } from "./routes/scp_target.ts";
import { openSftpTree } from "./routes/sftp_source.ts";
import { openSftpTarget } from "./routes/sftp_target.ts";
import { openGuestTarget, openGuestTree } from "./routes/stream.ts";
import type { TreeSource, TreeTarget } from "./tree.ts";

/** A tree to copy; a single file is a tree as well. */
export interface TreeRequest {
  readonly from: Place;
  /** What was found at `from`: a file or a directory. */
  readonly source: Found;
  readonly to: Place;
  /** The path that the root gets, absolute in a guest. */
  readonly path: string;
  /** For messages and progress. */
  readonly label: string;
  readonly preserve: boolean;
  readonly exclude: Excluder;
  /** The ways into and out of guests, in the order in which they are tried. */
  readonly routes: readonly TreeRoute[];
  readonly warn: Warn;
}

/** How a tree gets into or out of a guest. */
export type TreeRoute = "stream" | "sftp" | "scp";

/** Bytes to move, as soon as they are known. */
export interface Total {
  bytes: number | undefined;
}

/** The cause of the error for a guest that offers none of the routes; nothing was moved then. */
export const NO_ROUTE: unique symbol = Symbol("no route");

/** One end of the way, opened. */
export interface Opened<T> {
  readonly route: TreeRoute | "copy";
  readonly value: T;
}

/** Entries on their way to us. */
export interface TreeInput extends Disposable {
  readonly entries: TreeSource;
}

/**
 * Opens the source.
 * @throws CubicError with {@linkcode NO_ROUTE} for its cause when its guest offers none of the routes.
 */
export async function openInput(
  request: TreeRequest,
  total: Total,
  op: RouteOperation,
): Promise<Opened<TreeInput>> {
  const { from, source, warn, preserve } = request;
  const { signal } = op;
  if (from.side === "host") {
    const list = followHostTree(source.path, { exclude: request.exclude, warn, signal });
    // A copy within the host could be listed again by way of a link, and never end.
    if (request.to.side === "host") await list.complete;
    list.complete.then((all) => total.bytes = totals(all).bytes, () => {});
    const entries = readHostTree(source.path, list.entries, warn);
    return { route: "copy", value: { entries, [Symbol.dispose]: () => list[Symbol.dispose]() } };
  }
  const kind = source.kind === "file" ? "file" : "directory";
  const only = await keptPaths(request, signal);
  const { connection } = from;
  const options = { preserve, warn, signal, ...(only && { only }) };
  const ways = { stream: openGuestTree, sftp: openSftpTree, scp: openScpTree };
  const { route, value } = await firstOf<TreeInput>(
    request,
    op,
    (way) => ways[way](connection, source.path, kind, options),
  );
  const entries = boundedTree(value.entries, request.label);
  return { route, value: { entries, [Symbol.dispose]: () => value[Symbol.dispose]() } };
}

/**
 * Opens the target.
 * @throws CubicError with {@linkcode NO_ROUTE} for its cause when its guest offers none of the routes.
 */
export async function openOutput(
  request: TreeRequest,
  op: RouteOperation,
): Promise<Opened<TreeTarget>> {
  const { to, path, preserve, warn } = request;
  if (to.side === "host") {
    return { route: "copy", value: openHostTarget(path, { preserve, warn }) };
  }
  const options = { preserve, warn, signal: op.signal };
  const ways = { stream: openGuestTarget, sftp: openSftpTarget, scp: openScpTarget };
  return await firstOf(request, op, (way) => ways[way](to.connection, path, options));
}

/** What is left of a guest's tree when something is excluded; undefined when it is all, or is not known. */
async function keptPaths(
  { from, source, exclude }: TreeRequest,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (from.side === "host" || source.kind === "file" || exclude === excludeNothing) {
    return undefined;
  }
  const list = await listGuestTree(from.connection, source.path);
  return list && !signal.aborted
    ? withoutExcluded(list, exclude).map(({ path }) => path)
    : undefined;
}

async function firstOf<T>(
  { routes, label }: TreeRequest,
  { report }: RouteOperation,
  open: (
    route: TreeRoute,
  ) => Promise<{ kind: "ready"; value: T } | { kind: "unavailable"; reason: string }>,
): Promise<Opened<T>> {
  const refusals: string[] = [];
  for (const route of routes) {
    const result = await open(route);
    if (result.kind === "ready") return { route, value: result.value };
    refusals.push(`${route}: ${result.reason}`);
    report({ kind: "debug", text: `${route} can't be used: ${result.reason}` });
  }
  throw sharedRefusal(label, refusals) ??
    new CubicError("transfer-failed", `Cannot copy "${label}": the guest offers no way to`, {
      details: refusals.join("\n"),
      hint: "Install tar in the guest, or scp, or an SFTP server.",
      cause: NO_ROUTE,
    });
}
