/** What GNU tar says of files that it could not pack whole: it fills them up with zeros and goes on. Pure. */
import { safePath } from "./members.ts";

const CUT = /: (File shrank by \d+ bytes?; padding with zeros|(Warning: )?Read error at byte \d+)/;

/** So much of tar's error output is to be kept, in bytes: what is beyond could name any file. */
export const MOST_COMPLAINTS: number = 4 * 1024 * 1024;

/** True for a line about a file whose end is zeros in the archive. */
export function isAboutCut(line: string): boolean {
  return CUT.test(line);
}

/**
 * The paths of the files in the tree `root` whose ends are zeros, from all that tar said. Undefined when not all of them
 * can be told: one is the root itself, or has a name with a line end in it.
 */
export function cutMembers(stderr: string, root: string): readonly string[] | undefined {
  if (stderr.length > MOST_COMPLAINTS / 4) return undefined;
  const paths = new Set<string>();
  for (const line of stderr.split("\n").filter(isAboutCut)) {
    const name = /^(?:\/\S*\/)?tar: (\.\/.*): (?:File shrank|Warning: |Read error)/.exec(line)?.[1];
    const path = name === undefined ? undefined : safePath(name, root);
    if (!path) return undefined;
    paths.add(path);
  }
  return [...paths];
}
