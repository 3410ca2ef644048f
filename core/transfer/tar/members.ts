/** From the members of an archive that somebody sends to the entries of a tree that we may write. */
import { CubicError } from "../../errors.ts";
import type { Warn } from "../listing.ts";
import { printable } from "../printable.ts";
import { pieces, type TreeEntry } from "../tree.ts";
import type { TarMember } from "./reader.ts";

/** Longer than any system takes. */
const LONGEST_PATH = 64 * 1024;

/**
 * Turns members into entries. `root` is the name that was asked for, "." or "./file": it is the tree's root, and
 * nothing outside of it is taken.
 * @throws CubicError "transfer-failed" for a name that leaves the tree, and for one that was not asked for.
 */
export async function* membersToTree(
  members: AsyncIterable<TarMember>,
  root: string,
  warn: Warn,
): AsyncGenerator<TreeEntry> {
  for await (const member of members) {
    const path = safePath(member.name, root);
    if (path === undefined) throw outside(member.name);
    const { mode, mtime, size, extents, data } = member;
    if (member.undecodable) {
      warn(`Skipped "${printable(member.name)}": its name is not UTF-8`);
    } else if (member.type === "directory") {
      yield { kind: "directory", path, mode, mtime };
    } else if (member.type === "symlink") {
      yield { kind: "symlink", path, mode, mtime, target: member.linkName };
    } else if (member.type === "hardlink") {
      const original = safePath(member.linkName, root);
      if (original === undefined) throw outside(member.linkName);
      yield { kind: "hardlink", path, mode, mtime, original };
    } else if (member.type === "file") {
      yield { kind: "file", path, mode, mtime, size, extents, data };
    } else {
      for await (const _ of pieces(data));
      warn(`Skipped "${printable(path)}": it is neither a file nor a directory nor a link`);
    }
  }
}

/** A part of a path that is empty, "." or "..". */
const BAD_PART = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** The path inside the tree; undefined for a name that is not below the root, or that would leave it. */
export function safePath(name: string, root: string): string | undefined {
  if (name.length > LONGEST_PATH || name.includes("\0")) return undefined;
  const trimmed = name.endsWith("/") ? name.replace(/\/+$/, "") : name;
  if (trimmed === root) return "";
  const inner = root === "." ? trimmed.replace(/^\.\//, "") : undefined;
  if (inner === undefined || inner.startsWith("/")) return undefined;
  return BAD_PART.test(inner) ? undefined : inner;
}

function outside(name: string): CubicError {
  return new CubicError(
    "transfer-failed",
    `Cannot copy from the guest: it sent "${
      printable(name)
    }", which is outside of what was asked for`,
    { hint: "No honest tar does that; nothing was written." },
  );
}
