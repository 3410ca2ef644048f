/** Making sure that what arrived is what was sent: SHA-256 on both sides. */
import { CubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { digestsOf } from "./digest.ts";
import type { Found, Place } from "./place.ts";
import { printable } from "./printable.ts";

/** A finished copy. */
export interface FinishedCopy {
  readonly from: Place;
  readonly source: Found;
  readonly to: Place;
  readonly target: string;
}

/**
 * Compares the files of a copy, given relative to its root, and removes those that differ.
 * @throws CubicError "transfer-failed" that names the files which differed.
 */
export async function verifyCopy(
  { from, source, to, target }: FinishedCopy,
  paths: readonly string[],
  { report }: Operation,
): Promise<void> {
  report({ kind: "step", text: "Comparing SHA-256 on both sides" });
  const [left, right] = [locate(source.path, paths), locate(target, paths)];
  const [sent, arrived] = await Promise.all([
    digestsOf(from, left.directory, left.paths),
    digestsOf(to, right.directory, right.paths),
  ]);
  const wrong = right.paths.filter((_, index) => sent[index] !== arrived[index]);
  if (wrong.length === 0) return;
  await removeFiles(to, wrong.map((path) => `${right.directory}/${path}`));
  throw new CubicError(
    "transfer-failed",
    `Cannot vouch for "${
      printable(target)
    }": ${wrong.length} of ${paths.length} files differ, and were removed`,
    {
      details: wrong.slice(0, 20).map(printable).join("\n"),
      hint: "Something changed the source while it was copied, or the target after that.",
    },
  );
}

/** Files relative to a directory; a root that is a file itself is one in its parent. */
function locate(root: string, paths: readonly string[]): { directory: string; paths: string[] } {
  if (paths.length !== 1 || paths[0] !== "") return { directory: root, paths: [...paths] };
  const slash = root.lastIndexOf("/");
  return { directory: root.slice(0, slash) || "/", paths: [root.slice(slash + 1)] };
}

async function removeFiles(place: Place, paths: readonly string[]): Promise<void> {
  if (place.side === "host") {
    for (const path of paths) await Deno.remove(path);
    return;
  }
  const process = await place.connection.start(quoteCommand(["xargs", "-0", "rm", "-f"]));
  const output = Promise.all([process.stdout.text(), process.stderr.text()]);
  await process.write(new TextEncoder().encode(paths.map((path) => `${path}\0`).join("")));
  process.end();
  await output;
}
