/** Copying from any places to any other: look at each source, choose its way, run it, make sure, report. */
import { posix } from "node:path";
import { CubicError, isCubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { excludeNothing, type Excluder } from "./exclude.ts";
import { expandGuestGlob } from "./guest_glob.ts";
import type { Warn } from "./listing.ts";
import { isDirectoryError } from "./local_source.ts";
import {
  type Connect,
  type Found,
  lookAt,
  missingError,
  nameOf,
  noDirectoryError,
  type OpenDisks,
  openPlace,
  type Place,
} from "./place.ts";
import type { PathEndpoint } from "./plan.ts";
import { printable } from "./printable.ts";
import { type RouteChoice, runCopy } from "./run_copy.ts";
import { listTree } from "./tree_list.ts";
import { verifyCopy } from "./verify.ts";

/** How to copy. */
export interface TransferOptions {
  /** Copy directories with all that is in them. */
  readonly recursive: boolean;
  /** Keep modes and times exactly. */
  readonly preserve: boolean;
  readonly route: RouteChoice;
  readonly exclude?: Excluder;
  /** Copy nothing, only tell what would be copied. */
  readonly dryRun?: boolean;
  /** Compare SHA-256 on both sides afterwards. */
  readonly verify?: boolean;
  /** Go on where an earlier copy of the same file broke off, over SFTP. */
  readonly resume?: boolean;
}

/** What to copy. */
export interface TransferRequest extends TransferOptions {
  readonly sources: readonly PathEndpoint[];
  readonly target: PathEndpoint;
  readonly connect: Connect;
  /** Makes the block route possible. */
  readonly openDisks?: OpenDisks;
}

/** A file that was copied, or would be. */
export interface PlannedFile {
  readonly target: string;
  readonly bytes: number;
}

/** What was copied. */
export interface TransferResult {
  readonly files: number;
  readonly bytes: number;
  /** The route that was taken; the last one when there were several. "copy" without a guest. */
  readonly route: RouteChoice | "copy";
  /** The final path; the directory when there were several sources. */
  readonly target: string;
  /** What was left out or went wrong while the rest was copied. */
  readonly warnings: readonly string[];
  /** With `dryRun`: what would be copied. */
  readonly planned?: readonly PlannedFile[];
}

type OneResult = Omit<TransferResult, "warnings">;

/**
 * Copies every source into or to the target. With several sources one that fails is warned of, and the others go on.
 * @throws CubicError when the target is not one that can take the sources, or the one source can't be copied.
 */
export async function transfer(
  request: TransferRequest,
  operation: Operation,
): Promise<TransferResult> {
  const warnings: string[] = [];
  const warn: Warn = (text) => {
    warnings.push(text);
    operation.report({ kind: "warning", text });
  };
  const to = await openPlace(request.target, request.connect, request.openDisks);
  const sources = await expandSources(request);
  if (sources.length > 1) await demandDirectory(to);
  const results: OneResult[] = [];
  for (const from of sources) {
    try {
      results.push(await copyOne(from, to, request, warn, operation));
    } catch (error) {
      if (sources.length === 1 || !isOfOneSource(error)) throw error;
      warn(error.message);
    }
  }
  return { ...summary(results, to, sources.length), warnings };
}

function summary(results: readonly OneResult[], to: Place, sources: number): OneResult {
  const planned = results.flatMap(({ planned }) => planned ?? []);
  return {
    files: results.reduce((sum, { files }) => sum + files, 0),
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
    route: results.at(-1)?.route ?? "auto",
    target: sources === 1 ? results[0]?.target ?? to.path : to.path,
    ...(results.some(({ planned }) => planned) && { planned }),
  };
}

/** Errors that say nothing about the next source. */
function isOfOneSource(error: unknown): error is CubicError {
  return isCubicError(error) &&
    !["interrupted", "ssh-failed", "disk-full", "usage"].includes(error.code);
}

async function expandSources({ sources, connect, openDisks }: TransferRequest): Promise<Place[]> {
  const places: Place[] = [];
  for (const source of sources) {
    const place = await openPlace(source, connect, openDisks);
    if (place.side === "host") places.push(place);
    else {
      for (const path of await expandGuestGlob(place.connection, place.path)) {
        places.push({ ...place, path });
      }
    }
  }
  return places;
}

async function demandDirectory(to: Place): Promise<void> {
  const { kind } = await lookAt(to);
  if (kind === "directory") return;
  throw new CubicError("usage", `Cannot copy several sources to "${to.path}": it is no directory`, {
    hint: "Make it first, or name one source.",
  });
}

async function copyOne(
  from: Place,
  to: Place,
  request: TransferRequest,
  warn: Warn,
  operation: Operation,
): Promise<OneResult> {
  const source = await lookAt(from);
  if (source.kind === "missing") throw missingError(from, from.path);
  if (source.kind === "other") {
    throw new CubicError("failed", `Cannot copy "${from.path}": it is not a regular file`);
  }
  if (source.kind === "directory" && !request.recursive) throw isDirectoryError(from.path);
  const name = nameOf(from) || (source.kind === "file" ? posix.basename(source.path) : "");
  const target = await lookAt(to, name === "" ? undefined : name);
  checkTarget(from, source, to, target);
  if (request.dryRun) return await dryRun(from, source, target.path, request, warn, operation);
  const copy = {
    from,
    source,
    to,
    target: target.path,
    isDevice: target.kind === "other",
    label: name || source.path,
  };
  const { preserve, route, exclude = excludeNothing, resume = false } = request;
  const options = { preserve, route, exclude, resume, warn };
  const result = await runCopy(copy, options, operation);
  if (request.verify && !copy.isDevice) await verifyCopy(copy, result.paths, operation);
  return { files: result.files, bytes: result.bytes, route: result.route, target: target.path };
}

async function dryRun(
  from: Place,
  source: Found,
  target: string,
  { exclude = excludeNothing, route }: TransferRequest,
  warn: Warn,
  { signal }: Operation,
): Promise<OneResult> {
  const list = await listTree({ from, source, exclude, warn }, signal);
  if (!list) {
    throw new CubicError(
      "transfer-failed",
      `Cannot list "${from.path}": the guest has no find or stat`,
      {
        hint: "Copy it without --dry-run.",
      },
    );
  }
  const planned = list.filter(({ kind }) => kind !== "directory").map(({ path, size }) => ({
    target: path === "" ? target : `${target}/${path}`,
    bytes: size,
  }));
  const bytes = planned.reduce((sum, file) => sum + file.bytes, 0);
  return { files: planned.length, bytes, route, target, planned };
}

function checkTarget(
  from: Place,
  source: Found,
  to: Place,
  target: Found & { readonly inside: boolean },
): void {
  const what = printable(target.path);
  if (target.kind === "missing" && !target.parentExists) {
    throw noDirectoryError(to, posix.dirname(target.path));
  }
  const names = source.kind === "file" && target.kind === "missing" && to.path.endsWith("/");
  if (names && !target.inside) {
    throw noDirectoryError(to, target.path);
  }
  if (source.kind === "directory" && target.kind !== "directory" && target.kind !== "missing") {
    throw new CubicError("failed", `Cannot copy a directory to "${what}": there is a file`);
  }
  if (source.kind === "file" && target.kind === "directory") {
    throw new CubicError("failed", `Cannot copy a file to "${what}": there is a directory`);
  }
  if (!samePlace(from, to)) return;
  if (source.path === target.path) {
    throw new CubicError("failed", `Cannot copy "${what}": source and target are the same`);
  }
  if (source.kind === "directory" && `${target.path}/`.startsWith(`${source.path}/`)) {
    throw new CubicError("failed", `Cannot copy "${from.path}" into itself`);
  }
}

function samePlace(from: Place, to: Place): boolean {
  if (from.side === "host") return to.side === "host";
  return to.side === "guest" && to.connection.target.port === from.connection.target.port &&
    to.connection.target.host === from.connection.target.host;
}
