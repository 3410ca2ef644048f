/** What an instance's disk takes on the host. */
import { statIfThere } from "../atomic.ts";
import { instanceFiles, type Paths } from "../paths.ts";

/** Bytes; undefined when the disk is not there. Costs one system call, where qemu-img would be a process. */
export async function diskBytes(
  paths: Pick<Paths, "instances">,
  name: string,
): Promise<number | undefined> {
  const blocks = (await statIfThere(instanceFiles(paths, name).disk))?.blocks ?? undefined;
  // POSIX counts blocks of 512 bytes, whatever the file system's own are.
  return blocks === undefined ? undefined : blocks * 512;
}
