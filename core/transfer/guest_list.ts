/** What is in a tree of a guest, in one round trip and without copying any of it. */
import { CubicError } from "../errors.ts";
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { readAnswer } from "./guest_answer.ts";
import type { ListedEntry } from "./listing.ts";
import { safePath } from "./tar/members.ts";

const MARKER = "cubic-list\0";

/**
 * Names end with NUL; the facts come in the same order afterwards. `stat -c` is GNU and busybox, `stat -f` BSD.
 */
const SCRIPT = `
cd "$1" || exit 9
printf 'cubic-list\\000'
find . -print0
printf '\\000'
if stat -c %s . >/dev/null 2>&1; then find . -exec stat -c '%f %s %Y %b' {} +
else find . -exec stat -f '%Xp %z %m %b' {} +; fi`;

/** More than that is not listed. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Lists a directory of the guest, in the guest's order; each directory before what is in it. Undefined when the guest
 * has not the tools for it.
 * @throws CubicError "transfer-failed" when the tree changes meanwhile, or the list has no end.
 */
export async function listGuestTree(
  connection: SshConnection,
  path: string,
): Promise<ListedEntry[] | undefined> {
  const process = await connection.start(quoteCommand(["sh", "-c", SCRIPT, "sh", path]));
  process.end();
  const stdout = await readAnswer(process, "list the tree", { bytes: MAX_BYTES });
  const start = stdout.indexOf(MARKER);
  if (start === -1) return undefined;
  return parseListing(stdout.slice(start + MARKER.length));
}

/** Reads what the script said; undefined when it makes no sense. Exported for its tests. */
export function parseListing(text: string): ListedEntry[] | undefined {
  const end = text.indexOf("\0\0");
  if (end === -1) return undefined;
  const names = text.slice(0, end).split("\0");
  const facts = text.slice(end + 2).trimEnd().split("\n");
  if (names.length !== facts.length) {
    throw new CubicError("transfer-failed", "Cannot list the tree: it changes all the time", {
      hint: "Try again when nothing writes to it.",
    });
  }
  const entries = names.map((name, index) => parseEntry(name, facts[index] ?? ""));
  return entries.every((entry) => entry !== undefined)
    ? entries.filter((entry) => entry !== "other")
    : undefined;
}

const KINDS: Readonly<Record<number, ListedEntry["kind"]>> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "symlink",
};

function parseEntry(name: string, facts: string): ListedEntry | "other" | undefined {
  const [, mode = "", size, mtime, blocks] = /^([0-9a-f]+) (\d+) (-?\d+) (\d+)$/.exec(facts) ?? [];
  const path = safePath(name, ".");
  if (path === undefined || size === undefined) return undefined;
  const bits = parseInt(mode, 16);
  const kind = KINDS[bits & 0o170000];
  if (!kind) return "other";
  return {
    path,
    kind,
    mode: bits & 0o7777,
    mtime: Number(mtime),
    size: kind === "file" ? Number(size) : 0,
    blocks: Number(blocks),
  };
}
