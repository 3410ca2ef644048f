/** What an archive has for the script in the guest, besides the tree: the members that `UNPACK` knows. */
import { join } from "../tar/records.ts";
import { type TarDialect, tarWriter } from "../tar/writer.ts";
import { type DirectoryEntry, type TreeEntry, wholeFile } from "../tree.ts";

/** A mode that busybox's tar, or BSD's for others than root, does not set: special bits, and no rights on a directory. */
export function isHard({ kind, mode }: TreeEntry): boolean {
  return kind !== "symlink" && (mode > 0o777 || (kind === "directory" && (mode & 0o700) !== 0o700));
}

/** As the script in the guest reads it: an octal mode, and a path that is appended to the root's. */
export function modeAndPath({ mode, path }: TreeEntry): string {
  return `${mode.toString(8)}\0${path === "" ? "" : `/${path}`}\0`;
}

/** An archive of directories alone, unpacked over the finished tree: their modes and times. */
export async function finishingArchive(
  directories: readonly DirectoryEntry[],
  dialect: TarDialect,
): Promise<TreeEntry> {
  const parts: Uint8Array[] = [];
  const archive = tarWriter((bytes) => Promise.resolve(void parts.push(bytes.slice())), dialect);
  for (const entry of directories) await archive.add(entry, `./${entry.path}`.replace(/\/$/, ""));
  await archive.end();
  return memberFile(join(parts));
}

/** A member that is for the script in the guest, of text. */
export function textFile(text: string): TreeEntry {
  return memberFile(new TextEncoder().encode(text));
}

function memberFile(data: Uint8Array): TreeEntry {
  const { length: size } = data;
  return { kind: "file", path: "", mode: 0o600, mtime: 0, size, extents: wholeFile(size), data };
}
