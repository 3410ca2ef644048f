/** The two kinds of places a copy knows, looked at the same way. */
import { basename, join, posix } from "node:path";
import { statIfThere } from "../atomic.ts";
import { CubicError, describeFailure, isCubicError } from "../errors.ts";
import type { SshConnection } from "../ssh/client.ts";
import type { GuestDisks } from "./hot_plug.ts";
import { inspectGuestPath } from "./guest_path.ts";
import type { GuestEndpoint } from "./endpoint.ts";
import type { PathEndpoint } from "./plan.ts";

/** A path, and how to reach it. */
export type Place =
  | { readonly side: "host"; readonly path: string }
  | {
    readonly side: "guest";
    readonly connection: SshConnection;
    readonly path: string;
    /** Opens the machine for disks; left out where nothing can be plugged in. */
    readonly disks?: () => Promise<GuestDisks>;
  };

/** What is at a place. */
export interface Found {
  readonly kind: "file" | "directory" | "other" | "missing";
  /** Absolute in a guest, with links at the end resolved; as typed on the host. */
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: number;
  readonly blocks: number | null;
  readonly parentExists: boolean;
}

/** Connects to an instance, or returns the connection that is there already. */
export type Connect = (guest: {
  readonly instance: string;
  readonly user: string | undefined;
}) => Promise<SshConnection>;

/** Opens the machine of an instance for disks. */
export type OpenDisks = (instance: string) => Promise<GuestDisks>;

/** The place an endpoint stands for. */
export async function openPlace(
  endpoint: PathEndpoint,
  connect: Connect,
  openDisks?: OpenDisks,
): Promise<Place> {
  if (endpoint.kind === "host") return { side: "host", path: endpoint.path };
  try {
    const connection = await connect(endpoint);
    const disks = openDisks && (() => openDisks(endpoint.instance));
    return { side: "guest", connection, path: endpoint.path, ...(disks && { disks }) };
  } catch (error) {
    throw isCubicError(error, "instance-not-found") ? await orFile(endpoint, error) : error;
  }
}

/** As with scp a name before a colon is an instance, even where a file has the whole for its name. */
async function orFile(endpoint: GuestEndpoint, error: CubicError): Promise<CubicError> {
  const { user, instance, path } = endpoint;
  const text = `${user === undefined ? "" : `${user}@`}${instance}:${path}`;
  if (!await statIfThere(text)) return error;
  return new CubicError(error.code, error.message, {
    hint: `There is a file of that name here: write \`./${text}\` for it.`,
    cause: error,
  });
}

/** Looks at a place; with a name, at that name inside it when it is a directory. */
export async function lookAt(place: Place, name?: string): Promise<Found & { inside: boolean }> {
  if (place.side === "guest") return await inspectGuestPath(place.connection, place.path, name);
  try {
    const found = await statIfThere(place.path);
    if (!name || !found?.isDirectory) {
      return { ...await hostFacts(place.path, found), inside: false };
    }
    const path = join(place.path, name);
    return { ...await hostFacts(path, await statIfThere(path)), inside: true };
  } catch (error) {
    throw describeFailure(`look at "${place.path}"`, error);
  }
}

async function hostFacts(path: string, info: Deno.FileInfo | undefined): Promise<Found> {
  const parent = join(path.replace(/\/+$/, "") || "/", "..");
  return {
    kind: kindOf(info),
    path: info ? await Deno.realPath(path) : path.replace(/(?<=.)\/+$/, ""),
    size: info?.size ?? 0,
    mode: (info?.mode ?? 0o644) & 0o7777,
    mtime: Math.floor((info?.mtime?.getTime() ?? 0) / 1000),
    blocks: info?.blocks ?? null,
    parentExists: info !== undefined || (await statIfThere(parent))?.isDirectory === true,
  };
}

function kindOf(info: Deno.FileInfo | undefined): Found["kind"] {
  if (!info) return "missing";
  return info.isFile ? "file" : info.isDirectory ? "directory" : "other";
}

/**
 * The name a source has inside a target directory; empty when its content goes there itself, as with `dir/.`, `..`
 * and a guest's home directory.
 */
export function nameOf(place: Place): string {
  const name = place.side === "host" ? basename(place.path) : posix.basename(place.path);
  return name === "." || name === ".." || /^~[^/]*$/.test(place.path) && place.side === "guest"
    ? ""
    : name;
}

/** The error for a source that is not there. */
export function missingError(place: Place, path: string): CubicError {
  return place.side === "host"
    ? new CubicError("file-not-found", `Cannot copy "${path}": there is no such file`, {
      hint: "A path without `instance:` is one of this host.",
    })
    : new CubicError(
      "file-not-found",
      `Cannot copy "${path}": there is no such file in the guest`,
    );
}

/** The error for a target whose directory is not there. */
export function noDirectoryError(place: Place, directory: string): CubicError {
  const guest = place.side === "guest";
  const where = guest ? "there is no such directory in the guest" : "there is no such directory";
  const make = guest ? "cubic exec INSTANCE -- mkdir -p" : "mkdir -p";
  return new CubicError("file-not-found", `Cannot copy to "${directory}": ${where}`, {
    hint: `Make it first: \`${make} ${directory}\``,
  });
}
