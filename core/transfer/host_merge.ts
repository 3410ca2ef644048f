/** Moving a finished tree of the host to its place, among what is there. */
import { join } from "node:path";
import { describeFailure } from "../errors.ts";
import type { Warn } from "./listing.ts";
import { type DirectoryFate, fates } from "./merge_fate.ts";
import { printable } from "./printable.ts";

/**
 * Moves `staged` to `target`. Where both have a directory, the two are merged as `cp -r` does; a file replaces a
 * file or a link. A directory that meets something else, and something else that meets a directory, is left out
 * with a warning. Returns what became of the directory at a path of the tree.
 * @throws CubicError when nothing can be moved there at all.
 */
export function mergeTree(
  staged: string,
  target: string,
  merges: boolean,
  warn: Warn,
): (path: string) => DirectoryFate {
  const old = new Set<string>();
  const left = new Set<string>();
  const merge = (path: string): void => {
    old.add(path);
    for (const { name, isDirectory } of Deno.readDirSync(join(staged, path))) {
      const inner = path === "" ? name : `${path}/${name}`;
      const [from, to] = [join(staged, inner), join(target, inner)];
      const found = lookAt(to);
      if (isDirectory && found?.isDirectory) merge(inner);
      else if (found && isDirectory !== found.isDirectory) {
        const what = isDirectory ? "a file is in the way of the directory" : "it is a directory";
        left.add(inner);
        warn(`Cannot write "${printable(to)}": ${what}`);
      } else move(from, to, warn);
    }
  };
  if (merges) merge("");
  else {
    try {
      Deno.renameSync(staged, target);
    } catch (error) {
      throw describeFailure(`write "${printable(target)}"`, error);
    }
  }
  return fates(old, left);
}

function move(from: string, to: string, warn: Warn): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    warn(describeFailure(`write "${printable(to)}"`, error).message);
  }
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}
