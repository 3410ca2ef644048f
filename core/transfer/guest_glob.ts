/** Patterns in guest paths. The guest lists directories, we match: no part of a pattern reaches a shell unquoted. */
import { CubicError } from "../errors.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { readAnswer } from "./guest_answer.ts";
import { globToRegExp, hasGlob } from "./glob.ts";
import { inspectGuestPath } from "./guest_path.ts";
import { printable } from "./printable.ts";

/**
 * The paths a pattern stands for, sorted; a path without a pattern, or one that is there as it is typed, stands for
 * itself. As in a shell, names that start with a dot are matched only by a dot.
 * @throws CubicError "file-not-found" when nothing matches, "transfer-failed" when the guest has no end of names.
 */
export async function expandGuestGlob(
  connection: SshConnection,
  path: string,
): Promise<readonly string[]> {
  if (!hasGlob(path)) return [path];
  if ((await inspectGuestPath(connection, path)).kind !== "missing") return [path];
  const parts = path.split("/");
  const first = parts.findIndex(hasGlob);
  const fixed = parts.slice(0, first).join("/");
  const start = await inspectGuestPath(
    connection,
    path.startsWith("/") && fixed === "" ? "/" : fixed,
  );
  let found = [start.path.replace(/\/$/, "")];
  const rest = parts.slice(first).filter((part) => part !== "");
  for (const [index, part] of rest.entries()) {
    found = await matchIn(connection, found, part, index < rest.length - 1);
  }
  if (found.length > 0) return found.sort();
  throw new CubicError(
    "file-not-found",
    `Cannot copy "${printable(path)}": nothing in the guest matches it`,
    { hint: "Names that start with a dot are matched only by a pattern that starts with one." },
  );
}

const SCRIPT = `
printf 'cubic-glob\\000'
for d do for e in "$d"/* "$d"/.[!.]* "$d"/..?*; do
  if [ -d "$e" ]; then printf 'd%s\\000' "$e"
  elif [ -e "$e" ] || [ -L "$e" ]; then printf 'f%s\\000' "$e"; fi
done; done`;

/** Directories in one command line. */
const AT_ONCE = 100;
const MAX_BYTES = 64 * 1024 * 1024;

async function matchIn(
  connection: SshConnection,
  directories: readonly string[],
  pattern: string,
  mustBeDirectory: boolean,
): Promise<string[]> {
  const expression = globToRegExp(pattern);
  const found: string[] = [];
  for (let at = 0; at < directories.length; at += AT_ONCE) {
    const some = directories.slice(at, at + AT_ONCE);
    for (const { path, isDirectory } of await listNames(connection, some)) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      const hidden = name.startsWith(".") && !pattern.startsWith(".");
      if (!hidden && expression.test(name) && (isDirectory || !mustBeDirectory)) found.push(path);
    }
  }
  return found;
}

async function listNames(
  connection: SshConnection,
  directories: readonly string[],
): Promise<{ path: string; isDirectory: boolean }[]> {
  const process = await connection.start(quoteCommand(["sh", "-c", SCRIPT, "sh", ...directories]));
  process.end();
  const stdout = await readAnswer(process, "match names", { bytes: MAX_BYTES });
  const [, answer] = stdout.split("cubic-glob\0", 2);
  if (answer === undefined) {
    throw new CubicError("transfer-failed", "Cannot match names: the guest runs no shell", {
      hint: "Write the whole path.",
    });
  }
  return answer.split("\0").slice(0, -1)
    .map((entry) => ({ path: entry.slice(1), isDirectory: entry.startsWith("d") }));
}
