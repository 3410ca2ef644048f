/** Copying one file between the host and a guest: look, choose a route, run it, make sure, report. */
import { basename, posix, resolve } from "node:path";
import { CubicError, interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { SshConnection } from "../ssh/client.ts";
import { guestFailure, notPermitted, sharedRefusal } from "./guest_failure.ts";
import { type GuestPath, inspectGuestPath } from "./guest_path.ts";
import { isDirectoryError, openLocalSource } from "./local_source.ts";
import { openLocalTarget } from "./local_target.ts";
import { orLost } from "./lost.ts";
import type { Direction } from "./plan.ts";
import type { Route, RouteOperation, RouteResult } from "./route.ts";
import { scpRoute } from "./routes/scp.ts";
import { sftpRoute } from "./routes/sftp.ts";
import { withStallLimit } from "./stall.ts";

/** One file to copy. */
export interface CopyRequest {
  /** An open connection; it stays open. */
  readonly connection: SshConnection;
  readonly direction: Direction;
  /** A path of the host; the target may be a directory. */
  readonly local: string;
  /** A path in the guest as typed: empty or relative from the home directory, `~` and `~user` expanded. */
  readonly remote: string;
  /** Routes to try, in this order; SCP and then SFTP when left out. */
  readonly routes?: readonly Route[];
}

/** What was copied. */
export interface CopyResult {
  readonly bytes: number;
  /** The name of the route that did it. */
  readonly route: Route["name"];
  /** The final path on the target's side. */
  readonly target: string;
}

/** The routes in the order in which they are tried. */
export const ROUTES: readonly Route[] = [scpRoute, sftpRoute];

/**
 * Copies one regular file. The target has its old content or the new one, never a part of it, unless it is a
 * device or a file in a directory that is not ours.
 * @throws CubicError "file-not-found", "transfer-failed", "disk-full", "ssh-failed" or "interrupted".
 */
export async function copyFile(request: CopyRequest, operation: Operation): Promise<CopyResult> {
  try {
    return request.direction === "upload"
      ? await upload(request, operation)
      : await download(request, operation);
  } catch (error) {
    if (operation.signal.aborted) throw interrupted();
    throw await orLost(request.connection, request.local, error);
  }
}

async function upload(request: CopyRequest, operation: Operation): Promise<CopyResult> {
  const { connection, local, remote } = request;
  using source = await openLocalSource(local);
  const target = await inspectGuestPath(connection, remote, basename(local));
  await checkUploadTarget(connection, target, remote);
  const replaces = target.kind === "file";
  const job = {
    source,
    local: resolve(local),
    path: target.path,
    mode: replaces ? target.mode : source.mode,
    useUmask: !replaces,
    inPlace: !target.replaceable,
  };
  const label = basename(local);
  return await runRoutes(
    request,
    operation,
    label,
    target.path,
    (route, op) => route.upload(connection, job, op),
  );
}

async function download(request: CopyRequest, operation: Operation): Promise<CopyResult> {
  const { connection, local, remote } = request;
  const source = await inspectGuestPath(connection, remote);
  checkDownloadSource(source);
  const name = posix.basename(source.path);
  await using target = await openLocalTarget(local, posix.basename(remote) || name, source.mode);
  const { part } = target;
  const job = { path: source.path, sink: target, ...(part !== undefined && { part }) };
  const result = await runRoutes(
    request,
    operation,
    name,
    target.path,
    (route, op) => route.download(connection, job, op),
  );
  await target.commit();
  return result;
}

async function runRoutes(
  { routes = ROUTES }: CopyRequest,
  operation: Operation,
  label: string,
  target: string,
  run: (route: Route, op: RouteOperation) => Promise<RouteResult>,
): Promise<CopyResult> {
  const refusals: string[] = [];
  for (const route of routes) {
    const result = await withStallLimit(operation, label, (op) => run(route, op));
    if (result.kind === "done") {
      const { bytes } = result;
      operation.report({ kind: "bytes", label, done: bytes, total: bytes });
      return { bytes, route: route.name, target };
    }
    refusals.push(`${route.name}: ${result.reason}`);
    operation.report({ kind: "debug", text: `${route.name} can't be used: ${result.reason}` });
  }
  throw sharedRefusal(target, refusals) ??
    new CubicError("transfer-failed", `Cannot copy "${label}": the guest offers no way to`, {
      details: refusals.join("\n"),
      hint: routes.some(({ name }) => name === "scp")
        ? "Install scp in the guest: the package is openssh-client on Debian, openssh-clients on Fedora."
        : "Leave --route out to take the way that works.",
    });
}

async function checkUploadTarget(
  connection: SshConnection,
  target: GuestPath,
  typed: string,
): Promise<void> {
  if (target.kind === "directory") throw isDirectoryError(target.path);
  const wantsDirectory = typed.endsWith("/") && !target.inside;
  if (wantsDirectory || (target.kind === "missing" && !target.parentExists)) {
    const directory = wantsDirectory ? target.path : posix.dirname(target.path);
    throw new CubicError(
      "file-not-found",
      `Cannot copy to "${directory}": there is no such directory in the guest`,
      { hint: `Make it first: \`cubic exec INSTANCE -- mkdir -p ${directory}\`` },
    );
  }
  if (target.kind === "missing" && !target.replaceable) {
    throw await whyNotPermitted(connection, target.path);
  }
}

/** Shells only tell that a directory can't be written; SFTP tells whether its whole file system can't. */
async function whyNotPermitted(connection: SshConnection, path: string): Promise<CubicError> {
  const sftp = await connection.sftp().catch(() => undefined);
  using _session = sftp;
  const disk = await sftp?.fileSystem(posix.dirname(path));
  return disk?.readOnly ? guestFailure(path, "Read-only file system") : notPermitted(path);
}

function checkDownloadSource(source: GuestPath): void {
  if (source.kind === "directory") throw isDirectoryError(source.path);
  if (source.kind === "missing") {
    throw new CubicError(
      "file-not-found",
      `Cannot copy "${source.path}": there is no such file in the guest`,
    );
  }
  if (source.kind === "other") {
    throw new CubicError(
      "transfer-failed",
      `Cannot copy "${source.path}": it is not a regular file`,
    );
  }
  if (!source.readable) throw notPermitted(source.path);
}
