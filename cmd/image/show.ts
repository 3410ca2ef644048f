/** `cubic image show` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { jsonOption } from "../options.ts";

/** Shows one image. */
export function imageShowCommand(context: Context): CommandUnknownOpts {
  return new Command("show")
    .summary("show all about an image")
    .description("Show all about an image: a stored one, or else what its vendor offers.")
    .argument("<image>", "image")
    .option("--verify", "read the stored file again and compare it with its digest")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image show debian\n  cubic image show fedora:44 --verify",
    )
    .action(async (name, flags) => {
      const { showImage } = await import("../../core/images/show.ts");
      const { describeImage, describeOffer, renderImage, renderOffer } = await import(
        "../ui/images.ts"
      );
      const app = await context.load();
      const shown = await showImage(app, name, operation(context), flags.verify === true);
      const { ui } = context;
      if ("remote" in shown) {
        return await (flags.json ? ui.json(describeOffer(shown)) : ui.out(renderOffer(shown)));
      }
      const { imageUsers } = await import("../../core/instances/image_use.ts");
      const usedBy = (await imageUsers(app, [shown.image])).get(shown.image.path) ?? [];
      await (flags.json
        ? ui.json({ ...describeImage(shown.image), usedBy, ...(flags.verify && { intact: true }) })
        : ui.out(renderImage(shown.image, usedBy)));
      if (flags.verify && !flags.json) {
        ui.note("The stored file is what was verified when it came.");
      }
    });
}
