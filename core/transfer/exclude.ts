/** What `--exclude` leaves out of a tree: a part of the rules of gitignore. Pure. */
import { CubicError } from "../errors.ts";
import { globToRegExp } from "./glob.ts";

/** True for a path inside the tree (no leading slash) that is left out, with all that is in it. */
export type Excluder = (path: string, isDirectory: boolean) => boolean;

/**
 * Makes the test for a list of patterns. A pattern without a slash matches a name anywhere in the tree; one with a
 * slash at its start or middle matches from the tree's root; one with a slash at its end matches directories only.
 * @throws CubicError "usage" for an empty pattern and for one that starts with "!", which would include again.
 */
export function makeExcluder(patterns: readonly string[]): Excluder {
  const rules = patterns.map(parsePattern);
  return (path, isDirectory) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return rules.some(({ expression, anchored, directoriesOnly }) =>
      (isDirectory || !directoriesOnly) && expression.test(anchored ? path : name)
    );
  };
}

/** Leaves nothing out. */
export const excludeNothing: Excluder = (): boolean => false;

function parsePattern(
  text: string,
): { expression: RegExp; anchored: boolean; directoriesOnly: boolean } {
  const body = text.replace(/\/+$/, "");
  if (body === "" || text.startsWith("!")) {
    throw new CubicError("usage", `Cannot exclude ${JSON.stringify(text)}: it is not a pattern`, {
      hint: "Write a name or a path from the tree's root: --exclude '*.o' --exclude /build/",
    });
  }
  return {
    expression: globToRegExp(body.replace(/^\//, "")),
    anchored: body.includes("/"),
    directoriesOnly: text.endsWith("/"),
  };
}
