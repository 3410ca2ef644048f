/** What became of the directories of a tree that was merged with what was there. */

/** It is new, was there before, or could not be put in its place, by itself or with one that it is in. */
export type DirectoryFate = "new" | "merged" | "left out";

/** The fates of directories by their paths in the tree, from those that were there and those that were left out. */
export function fates(
  old: ReadonlySet<string>,
  left: ReadonlySet<string>,
): (path: string) => DirectoryFate {
  return (path) => {
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      if (left.has(at)) return "left out";
    }
    return old.has(path) ? "merged" : "new";
  };
}
