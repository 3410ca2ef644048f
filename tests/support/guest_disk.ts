/** Writing to the disk of a stopped instance as its guest would, and reading that back. */
import { instanceFiles } from "../../core/paths.ts";
import type { Cli } from "./cli.ts";
import { run } from "./disk.ts";

/** Where on the disk, and how much. */
const PLACE = ["1M", "64k"] as const;

/** Fills one place of the disk with a byte. */
export async function writeDisk(
  cli: Pick<Cli, "paths">,
  name: string,
  byte: number,
): Promise<void> {
  const command = `write -P ${byte} ${PLACE.join(" ")}`;
  await run("qemu-io", "-f", "qcow2", "-c", command, instanceFiles(cli.paths, name).disk);
}

/** The byte that fills the place. */
export async function readDisk(cli: Pick<Cli, "paths">, name: string): Promise<number> {
  const command = `read -v ${PLACE.join(" ")}`;
  const { disk } = instanceFiles(cli.paths, name);
  const dump = await run("qemu-io", "-r", "-f", "qcow2", "-c", command, disk);
  const bytes = new Set(
    dump.split("\n").flatMap((line) =>
      /^[0-9a-f]{8}: {2}((?:[0-9a-f]{2} ){16})/.exec(line)?.[1]?.trim().split(" ") ?? []
    ),
  );
  if (bytes.size !== 1) throw new Error(`The disk of ${name} has ${[...bytes].join(", ")} there`);
  return parseInt([...bytes][0]!, 16);
}
