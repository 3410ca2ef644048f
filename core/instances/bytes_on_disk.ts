/** How much of the host's disk things take. */
import { join } from "node:path";

/** Bytes that a file, or everything in a directory, takes on the disk; 0 for what is not there (any more). */
export async function bytesOnDisk(path: string): Promise<number> {
  try {
    const stat = await Deno.lstat(path);
    const own = (stat.blocks ?? Math.ceil(stat.size / 512)) * 512;
    if (!stat.isDirectory) return own;
    const entries = await Array.fromAsync(Deno.readDir(path));
    const sizes = await Promise.all(entries.map(({ name }) => bytesOnDisk(join(path, name))));
    return sizes.reduce((sum, bytes) => sum + bytes, own);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
