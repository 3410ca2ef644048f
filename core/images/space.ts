/** Asking for room on the disk before filling it. */
import { statfs } from "node:fs/promises";
import { CubicError } from "../errors.ts";
import { formatSize } from "../size.ts";

/**
 * Makes sure that an existing directory's file system has that many bytes free.
 * @throws CubicError "disk-full" saying how much there is and how much is needed.
 */
export async function requireSpace(
  directory: string,
  bytes: number,
  action: string,
): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new CubicError(
    "disk-full",
    `Cannot ${action}: it needs ${formatSize(bytes)} in ${directory}, ${formatSize(free)} are free`,
    { hint: "Free some space (`df -h` shows where), or move cubic's data with CUBIC_HOME." },
  );
}
