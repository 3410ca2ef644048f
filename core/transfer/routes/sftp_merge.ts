/** Moving a finished tree to its place over SFTP, among what is there. */
import type { SftpSession } from "../../ssh/sftp.ts";
import type { Warn } from "../listing.ts";
import { type DirectoryFate, fates } from "../merge_fate.ts";
import { printable } from "../printable.ts";

/**
 * Moves `staged` to `target` by the rules of `cp -r`: directories are merged, files replace files and links, and
 * a directory never takes the place of something else or the other way round. Returns what became
 * of the directory at a path of the tree.
 */
export async function mergeOverSftp(
  sftp: SftpSession,
  staged: string,
  target: string,
  merges: boolean,
  warn: Warn,
): Promise<(path: string) => DirectoryFate> {
  const old = new Set<string>();
  const left = new Set<string>();
  if (!merges) {
    await sftp.rename(staged, target);
    return fates(old, left);
  }
  const merge = async (path: string): Promise<void> => {
    old.add(path);
    const at = (root: string, inner: string): string => inner === "" ? root : `${root}/${inner}`;
    const there = new Map<string, boolean>();
    for (const { name, stat } of await sftp.list(at(target, path))) {
      there.set(name, isDirectory(stat));
    }
    for (const { name, stat } of await sftp.list(at(staged, path))) {
      if (name === "." || name === "..") continue;
      const inner = path === "" ? name : `${path}/${name}`;
      const [from, to] = [at(staged, inner), at(target, inner)];
      const found = there.get(name);
      if (isDirectory(stat) && found) await merge(inner);
      else if (found !== undefined && isDirectory(stat) !== found) {
        const what = found ? "it is a directory" : "a file is in the way of the directory";
        left.add(inner);
        warn(`Cannot write "${printable(to)}": ${what}`);
      } else {
        await sftp.rename(from, to).catch((error) => {
          if (!isRefusal(error)) throw error;
          warn(`Cannot write "${printable(to)}": ${printable(String(error))}`);
        });
      }
    }
  };
  await merge("");
  return fates(old, left);
}

/** True when the server answered no; false when it did not answer. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "number";
}

function isDirectory({ mode }: { readonly mode: number }): boolean {
  return (mode & 0o170000) === 0o040000;
}
