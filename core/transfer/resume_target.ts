/** What is there already of a tree that is continued, on either side, and what it takes to add to it. */
import { statIfThere } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { excludeNothing } from "./exclude.ts";
import { listGuestTree } from "./guest_list.ts";
import { listHostTree } from "./host_list.ts";
import type { ListedEntry } from "./listing.ts";
import { partPath } from "./part_path.ts";
import { printable } from "./printable.ts";
import { type ResumableCopy, type ResumeSession, sftpTime } from "./resume.ts";

/** The side that gets a tree. */
export interface ResumeTarget {
  /** What was there at the start, by its path in the tree; links are not followed. */
  readonly found: ReadonlyMap<string, ListedEntry>;
  /** Makes a directory that can be filled; its last mode comes with {@linkcode finish}. */
  makeDirectory(entry: ListedEntry): Promise<void>;
  /** Makes a symbolic link, in the place of a file or another link if need be. */
  makeLink(path: string, says: string): Promise<void>;
  finish(path: string, mode: number, mtime?: number): Promise<void>;
}

/**
 * Looks at what is there.
 * @throws CubicError when it can't be listed.
 */
export async function openResumeTarget(
  session: ResumeSession,
  { to, target }: ResumableCopy,
  signal: AbortSignal,
): Promise<ResumeTarget> {
  return to.side === "host" ? await hostTarget(target, signal) : await guestTarget(session, target);
}

async function hostTarget(root: string, signal: AbortSignal): Promise<ResumeTarget> {
  const options = { exclude: excludeNothing, warn: (): void => {}, signal };
  const list = await statIfThere(root) ? await listHostTree(root, options) : [];
  const explained = async (path: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw describeFailure(`write "${printable(at(root, path))}"`, error);
    }
  };
  return {
    found: byPath(list),
    makeDirectory: ({ path, mode }) =>
      explained(path, () => Deno.mkdir(at(root, path), { mode: mode & 0o777 | 0o700 })),
    makeLink: (path, says) =>
      explained(path, async () => {
        const part = partPath(at(root, path));
        await Deno.symlink(says, part);
        await Deno.rename(part, at(root, path));
      }),
    finish: (path, mode, mtime) =>
      explained(path, async () => {
        await Deno.chmod(at(root, path), mode);
        if (mtime !== undefined) await Deno.utime(at(root, path), mtime, mtime);
      }),
  };
}

async function guestTarget(
  { connection, sftp }: ResumeSession,
  root: string,
): Promise<ResumeTarget> {
  const isThere = await sftp.lstat(root).then(() => true, () => false);
  const list = isThere ? await listGuestTree(connection, root) : [];
  if (!list) {
    throw new CubicError(
      "transfer-failed",
      `Cannot list "${root}": the guest has no find or stat`,
      {
        hint: "Copy it without --resume.",
      },
    );
  }
  return {
    found: byPath(list),
    makeDirectory: ({ path, mode }) => sftp.makeDirectory(at(root, path), mode & 0o777 | 0o700),
    makeLink: async (path, says) => {
      const part = partPath(at(root, path));
      await sftp.makeLink(says, part);
      await sftp.rename(part, at(root, path));
    },
    finish: (path, mode, mtime) =>
      sftp.setFacts(at(root, path), mode, mtime === undefined ? undefined : sftpTime(mtime)),
  };
}

function byPath(list: readonly ListedEntry[]): Map<string, ListedEntry> {
  return new Map(list.map((entry) => [entry.path, entry]));
}

function at(root: string, path: string): string {
  return path === "" ? root : `${root}/${path}`;
}
