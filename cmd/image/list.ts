/** `cubic image list` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";

/** Lists the stored images. */
export function imageListCommand(context: Context): CommandUnknownOpts {
  return new Command("list")
    .alias("ls")
    .summary("list the stored images")
    .description(
      "List the images in the store: how each was verified, and which instances stand on it.",
    )
    .addOption(jsonOption())
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
      if (flags.json) {
        const usedBy = (path: string): readonly string[] => users.get(path) ?? [];
        const list = images.map((image) => ({
          ...describeImage(image),
          usedBy: usedBy(image.path),
        }));
        return await context.ui.json(list);
      }
      if (images.length === 0) {
        return context.ui.note("No images yet. `cubic images` lists those to choose from.");
      }
      await context.ui.out(renderImages(images, users));
    });
}
