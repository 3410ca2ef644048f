/** `cubic image remove` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../../core/errors.ts";
import { formatSize } from "../../core/size.ts";
import type { StoredImage } from "../../core/images/sidecar.ts";
import { type Context, operation } from "../context.ts";
import { jsonOption, yesOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Removes stored images. */
export function imageRemoveCommand(context: Context): CommandUnknownOpts {
  return new Command("remove")
    .alias("rm")
    .summary("remove stored images")
    .description("Remove images from the store. One that an instance stands on is never removed.")
    .argument("[images...]", "images")
    .option("--unused", "all that no instance stands on and no name leads to")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image remove debian:12\n  cubic image rm --unused --yes",
    )
    .action(async (names, flags) => {
      const { removeImages, unusedImages } = await import("../../core/instances/image_use.ts");
      const { requireStored } = await import("../../core/images/ensure.ts");
      const { describeImage } = await import("../ui/images.ts");
      if (names.length === 0 && !flags.unused) {
        throw new CubicError("usage", "Cannot tell which images to remove", {
          hint: "Name some, or use --unused. `cubic image list` shows them.",
        });
      }
      const app = await context.load();
      const images: StoredImage[] = flags.unused ? [...await unusedImages(app)] : [];
      for (const name of names) images.push(await requireStored(app, name, operation(context)));
      const unique = images.filter(({ path }, at) =>
        images.findIndex((one) => one.path === path) === at
      );
      const ask = unique.length > 0 && !flags.yes;
      if (ask && !(await confirmed(context, unique))) {
        return await printResult(context, flags, { value: [], note: () => "Nothing removed" });
      }
      await removeImages(app, unique, operation(context));
      await printResult(context, flags, {
        value: unique.map(describeImage),
        note: () =>
          unique.length === 0
            ? "No image is unused."
            : `Removed ${namesOf(unique)}: ${formatSize(total(unique))} are free again`,
      });
    });
}

async function confirmed(
  { ui, signal }: Context,
  images: readonly StoredImage[],
): Promise<boolean> {
  const question = `Remove ${namesOf(images)} (${formatSize(total(images))})?`;
  const answer = await ui.confirm(question, signal);
  if (answer !== undefined) return answer;
  throw new CubicError("usage", "Cannot ask whether to remove: there is no terminal", {
    hint: "Add --yes if you are sure.",
  });
}

function namesOf(images: readonly StoredImage[]): string {
  return images.map(({ names, checksum }) => names[0] ?? checksum.digest.slice(0, 12)).join(", ");
}

function total(images: readonly StoredImage[]): number {
  return images.reduce((sum, { size }) => sum + size, 0);
}
