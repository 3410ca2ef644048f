/**
 * Going on with a tree over SFTP. What is there with equal size and time stays, a file that broke off is continued, the
 * rest is copied. Files are put in their places one by one, so that each is there for the next try.
 */
import { CubicError, interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { Excluder } from "./exclude.ts";
import type { ListedEntry, Warn } from "./listing.ts";
import { printable } from "./printable.ts";
import {
  type ResumableCopy,
  resumeFile,
  type ResumeSession,
  sftpTime,
  withResumeSession,
} from "./resume.ts";
import { openResumeTarget, type ResumeTarget } from "./resume_target.ts";
import type { RouteOperation } from "./route.ts";
import { listTree } from "./tree_list.ts";

/** How a tree is continued. */
export interface ResumeTreeOptions {
  readonly preserve: boolean;
  readonly exclude: Excluder;
  readonly warn: Warn;
}

/** Files under way at the same time; the requests of each are many. */
const LANES = 8;

/**
 * Copies what is missing of a tree. Times are kept whatever is asked for: they tell what need not be copied again.
 * @throws CubicError "transfer-failed", "ssh-failed" when the guest has no SFTP, "interrupted".
 */
export async function copyTreeResumed(
  copy: ResumableCopy,
  options: ResumeTreeOptions,
  operation: Operation,
): Promise<{ files: number; bytes: number; route: "sftp"; paths: readonly string[] }> {
  return await withResumeSession(copy, operation, async (session, op) => {
    const list = await listTree({ ...copy, ...options }, op.signal);
    if (!list) throw cannotList(copy.source.path);
    const target = await openResumeTarget(session, copy, op.signal);
    const todo = await prepare(session, copy, list, target, options);
    await copyFiles(session, copy, todo, options, op);
    await finishDirectories(list, target, options);
    const left = list.filter(({ kind }) => kind === "file").length - todo.length;
    if (left > 0) op.report({ kind: "note", text: `${left} files were there already` });
    const bytes = todo.reduce((sum, { size }) => sum + size, 0);
    op.report({ kind: "bytes", label: copy.label, done: bytes, total: bytes });
    return {
      files: todo.length,
      bytes,
      route: "sftp",
      paths: list.filter(({ kind }) => kind === "file").map(({ path }) => path),
    };
  });
}

/** Makes directories and links, and returns the files that have to be copied. */
async function prepare(
  session: ResumeSession,
  copy: ResumableCopy,
  list: readonly ListedEntry[],
  target: ResumeTarget,
  { warn }: ResumeTreeOptions,
): Promise<ListedEntry[]> {
  const directories = new Set<string>();
  const seen = new Set<string>();
  const leftOut = new Set<string>();
  const todo: ListedEntry[] = [];
  for (const entry of list) {
    const { path, kind } = entry;
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (seen.has(path)) throw refused(path, "the same name came twice");
    seen.add(path);
    if (path !== "" && leftOut.has(parent)) {
      leftOut.add(path);
      continue;
    }
    // A guest could name a link and then a file "inside" of it.
    if (path !== "" && !directories.has(parent)) throw refused(path, "it is in no directory");
    const found = target.found.get(path);
    if (found && (kind === "directory") !== (found.kind === "directory")) {
      leftOut.add(path);
      warn(`Cannot write "${printable(at(copy.target, path))}": ${inTheWay(kind)}`);
    } else if (kind === "directory") {
      directories.add(path);
      if (!found) await target.makeDirectory(entry);
    } else if (kind === "symlink") {
      const says = entry.target ?? await session.sftp.readLink(at(copy.source.path, path));
      await target.makeLink(path, says);
    } else if (!isSame(entry, found)) todo.push(entry);
  }
  return todo;
}

function inTheWay(kind: ListedEntry["kind"]): string {
  return kind === "directory" ? "a file is in the way of the directory" : "it is a directory";
}

function isSame(entry: ListedEntry, found: ListedEntry | undefined): boolean {
  return found?.kind === "file" && found.size === entry.size &&
    sftpTime(found.mtime) === sftpTime(entry.mtime);
}

async function copyFiles(
  session: ResumeSession,
  { from, to, source, target }: ResumableCopy,
  files: readonly ListedEntry[],
  { preserve }: ResumeTreeOptions,
  op: RouteOperation,
): Promise<void> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const done = new Map<string, number>();
  let sum = 0;
  const count = (path: string, bytes: number): void => {
    sum += bytes - (done.get(path) ?? 0);
    done.set(path, bytes);
    op.moved(sum, total);
  };
  const rest = files.values();
  const lane = async (): Promise<void> => {
    for (const entry of rest) {
      if (op.signal.aborted) throw interrupted();
      const { path } = entry;
      const one = {
        ...{ from, to, label: path, target: at(target, path) },
        source: { ...source, ...entry, kind: "file" as const, path: at(source.path, path) },
      };
      const moved = (bytes: number): void => count(path, bytes);
      await resumeFile(session, one, { mode: preserve, mtime: true }, { ...op, moved });
    }
  };
  // All lanes come to their end, so that none still writes when an error is told.
  const ends = await Promise.allSettled(Array.from({ length: LANES }, lane));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}

/** Modes and times of directories come last: filling them needs rights and changes their times. */
async function finishDirectories(
  list: readonly ListedEntry[],
  target: ResumeTarget,
  { preserve }: ResumeTreeOptions,
): Promise<void> {
  for (const entry of list.toReversed()) {
    if (entry.kind !== "directory") continue;
    const found = target.found.get(entry.path);
    if (found && found.kind !== "directory") continue;
    if (preserve) await target.finish(entry.path, entry.mode, entry.mtime);
    else if (!found && (entry.mode & 0o700) !== 0o700) {
      await target.finish(entry.path, entry.mode & 0o777);
    }
  }
}

function at(root: string, path: string): string {
  return path === "" ? root : `${root}/${path}`;
}

function cannotList(path: string): CubicError {
  return new CubicError(
    "transfer-failed",
    `Cannot list "${printable(path)}": the guest has no find or stat`,
    { hint: "Copy it without --resume." },
  );
}

function refused(path: string, why: string): CubicError {
  return new CubicError("transfer-failed", `Cannot copy "${printable(path)}": ${why}`, {
    hint: "The guest lists what no honest program lists.",
  });
}
