/** Directories for the program to find instances in. */
import { instanceFiles } from "../../../core/paths.ts";
import { createOverlay } from "../../../core/qemu/img.ts";
import { Cli } from "../../support/cli.ts";
import { putInstance } from "../../support/instance.ts";

/** One without instances and one with ten, until disposed of. */
export interface Homes extends AsyncDisposable {
  readonly none: string;
  readonly ten: string;
}

/** Makes them; the disks are what `create` makes. */
export async function makeHomes(): Promise<Homes> {
  const [none, ten] = [await Cli.create(), await Cli.create()];
  for (let index = 0; index < 10; index++) {
    const { name } = await putInstance(ten.paths, { name: `vm${index}` });
    const { disk } = instanceFiles(ten.paths, name);
    // The path is read from the disk, not followed: nothing here needs the image.
    await createOverlay(ten.host(), disk, "../../images/sha512-00.qcow2", 100 * 1024 ** 3);
  }
  return {
    none: none.home,
    ten: ten.home,
    async [Symbol.asyncDispose]() {
      await none[Symbol.asyncDispose]();
      await ten[Symbol.asyncDispose]();
    },
  };
}
