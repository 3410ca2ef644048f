/** Copying one source that was looked at, by the route that suits it. */
import { CubicError, isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { copyFile, ROUTES } from "./copy.ts";
import type { Excluder } from "./exclude.ts";
import { findExtents, looksSparse } from "./holes.ts";
import type { GuestDisks } from "./hot_plug.ts";
import type { Warn } from "./listing.ts";
import type { Found, Place } from "./place.ts";
import { keepInGuest, keepOnHost } from "./preserve.ts";
import { copyResumed } from "./resume.ts";
import type { Route } from "./route.ts";
import { blockRoute, isWorthADisk } from "./routes/block.ts";
import { scpRoute } from "./routes/scp.ts";
import { sftpRoute } from "./routes/sftp.ts";
import { dataLength } from "./tree.ts";
import { copyTree } from "./tree_copy.ts";
import { NO_ROUTE, type TreeRoute } from "./tree_ends.ts";

/**
 * The way to take; "auto" is SCP and then SFTP for a file, a disk before them for a large one, and a stream, then SFTP,
 * then SCP for a tree.
 */
export type RouteChoice = "auto" | "scp" | "sftp" | "stream" | "block";

/** One source, its place, and what was found there. */
export interface Copy {
  readonly from: Place;
  readonly source: Found;
  readonly to: Place;
  /** The path that the copy gets. */
  readonly target: string;
  /** A device or the like: it is written into, and never replaced. */
  readonly isDevice: boolean;
  readonly label: string;
}

/** How to copy it. */
export interface RunOptions {
  readonly preserve: boolean;
  readonly route: RouteChoice;
  readonly exclude: Excluder;
  readonly resume: boolean;
  readonly warn: Warn;
}

/** What was copied. */
export interface Ran {
  readonly files: number;
  readonly bytes: number;
  readonly route: RouteChoice | "copy";
  /** The files that arrived, relative to the root. */
  readonly paths: readonly string[];
}

/**
 * Copies one source by the route that suits it, and by the next one when the guest does not offer that.
 * @throws CubicError those of `copyFile`, `copyTree` and `copyResumed`.
 */
export async function runCopy(copy: Copy, options: RunOptions, operation: Operation): Promise<Ran> {
  const { from, source, to } = copy;
  const { route } = options;
  const throughOneGuest = from.side !== to.side;
  if (options.resume) return await resumeCopy(copy, options, operation);
  if (source.kind === "file" && throughOneGuest) {
    const stream = route === "stream" || (route === "auto" && hasHoles(from, source));
    if (!stream || copy.isDevice) return oneFile(await copyPlainFile(copy, options, operation));
  }
  if (copy.isDevice) {
    throw new CubicError("failed", `Cannot copy to "${copy.target}": it is not a regular file`);
  }
  if (route === "block") {
    throw new CubicError("usage", `Cannot copy "${from.path}" by block: it takes single files`, {
      hint: "Leave --route out: trees go as one stream.",
    });
  }
  // A single file goes by SCP in a better way than as a tree of one.
  const all: readonly TreeRoute[] = throughOneGuest && source.kind === "file"
    ? ["stream", "sftp"]
    : ["stream", "sftp", "scp"];
  const routes = route === "auto" ? all : [route];
  try {
    return await copyTree({ ...copy, ...options, path: copy.target, routes }, operation);
  } catch (error) {
    const plain = source.kind === "file" && throughOneGuest && route === "auto";
    if (!plain || !isCubicError(error) || error.cause !== NO_ROUTE) throw error;
    return oneFile(await copyPlainFile(copy, options, operation));
  }
}

/** SFTP can go on in the middle of a file, and nothing else can. */
async function resumeCopy(
  copy: Copy,
  { preserve, exclude, route, warn }: RunOptions,
  operation: Operation,
): Promise<Ran> {
  const { from, to, source, isDevice } = copy;
  const why = from.side === to.side
    ? "--resume goes between this host and one instance"
    : route !== "auto" && route !== "sftp"
    ? `--resume goes over SFTP, not by ${route}`
    : isDevice
    ? "a device has no parts"
    : undefined;
  if (why !== undefined) {
    throw new CubicError("usage", `Cannot resume "${from.path}": ${why}`, {
      hint: route === "auto" ? "Leave --resume out." : "Leave --route out.",
    });
  }
  if (source.kind === "directory") {
    const { copyTreeResumed } = await import("./resume_tree.ts");
    return await copyTreeResumed(copy, { preserve, exclude, warn }, operation);
  }
  return oneFile(await copyResumed(copy, { mode: preserve, mtime: preserve }, operation));
}

/** A file that is compressed takes little room as well; the host can tell the two apart. */
function hasHoles(from: Place, { path, size, blocks }: Found): boolean {
  if (!looksSparse(size, blocks)) return false;
  return from.side === "guest" || dataLength(findExtents(path, size)) < size;
}

function oneFile({ bytes, route }: { bytes: number; route: Ran["route"] }): Ran {
  return { files: 1, bytes, route, paths: [""] };
}

async function copyPlainFile(
  copy: Copy,
  { preserve, route }: RunOptions,
  operation: Operation,
): Promise<{ bytes: number; route: Ran["route"] }> {
  const { from, source, to, target } = copy;
  const routes = await fileRoutes(copy, route);
  const guest = from.side === "guest" ? from : to;
  if (guest.side !== "guest") throw new TypeError("one side is a guest");
  const upload = from.side === "host";
  const result = await copyFile({
    connection: guest.connection,
    direction: upload ? "upload" : "download",
    local: upload ? from.path : to.path,
    remote: upload ? to.path : from.path,
    routes,
  }, operation);
  if (preserve && upload) await keepInGuest(guest.connection, target, source);
  else if (preserve) await keepOnHost(result.target, source);
  return result;
}

/** The routes of a plain file, in the order in which they are tried. */
async function fileRoutes(copy: Copy, route: RouteChoice): Promise<readonly Route[]> {
  if (route === "scp") return [scpRoute];
  if (route === "sftp") return [sftpRoute];
  if (route === "block") return [blockRoute(await openDisks(copy))];
  // The size below which no machine is asked.
  if (copy.isDevice || !isWorthADisk(copy.source, true)) return ROUTES;
  const disks = await openDisks(copy).catch(() => undefined);
  return disks && isWorthADisk(copy.source, disks.emulated)
    ? [blockRoute(disks), ...ROUTES]
    : ROUTES;
}

async function openDisks({ from, to }: Copy): Promise<GuestDisks> {
  const guest = from.side === "guest" ? from : to;
  if (guest.side === "guest" && guest.disks) return await guest.disks();
  throw new CubicError("transfer-failed", "Cannot plug a disk into this guest");
}
