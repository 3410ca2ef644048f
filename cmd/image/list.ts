/** `cubic image list` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Lists the stored images. */
export function imageListCommand(context: Context): CommandUnknownOpts {
  return new Command("list")
    .alias("ls")
    .summary("list the stored images")
    .description(
      "List the images in the store: how each was verified, and which instances stand on it.",
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic image list\n  cubic image ls --json")
    .action(async (flags) => {
      const { listImages } = await import("../../core/images/store.ts");
      const { imageUsers } = await import("../../core/instances/image_use.ts");
      const { describeImage, renderImages } = await import("../ui/images.ts");
      const app = await context.load();
      const { images, broken } = await listImages(app.paths);
      const users = await imageUsers(app, images);
      for (const { path, reason } of broken) {
        context.ui.report({ kind: "warning", text: `${path} can't be used: ${reason}` });
      }
      const shown: Record<string, unknown>[] = images.map((image) => ({
        ...describeImage(image),
        usedBy: users.get(image.path) ?? [],
      }));
      await printResult(context, flags, {
        value: shown,
        names: () => shown.map(({ name }) => String(name)),
        text: (width) => images.length === 0 ? undefined : renderImages(images, users, width),
        note: () =>
          images.length > 0
            ? undefined
            : "No images yet. `cubic images` lists those to choose from.",
      });
    });
}
