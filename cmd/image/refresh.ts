/** `cubic image refresh` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { pullAll } from "../pulling.ts";
import { jsonOption, requireSignatureOption } from "../options.ts";
import { formatOption, outputForm } from "../output.ts";

/** Brings the stored images up to date. */
export function imageRefreshCommand(context: Context): CommandUnknownOpts {
  return new Command("refresh")
    .summary("bring the stored images up to date")
    .description(
      "Ask the vendors of the stored images for newer ones and download those. Instances keep the image they " +
        "were made of; `cubic image remove --unused` removes what nothing needs any more.",
    )
    .argument("[images...]", "only these images (default: all that came from a vendor)")
    .addOption(requireSignatureOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image refresh\n  cubic image refresh archlinux debian:13",
    )
    .action(async (images, flags) => {
      const { pullImage, refreshable } = await import("../../core/images/pull.ts");
      const { describeImage } = await import("../ui/images.ts");
      const app = await context.load();
      const names = images.length > 0 ? images : await refreshable(app);
      if (names.length === 0 && outputForm(flags) === "table") {
        return context.ui.note("No stored image came from a vendor; there is nothing to refresh.");
      }
      const options = flags.requireSignature ? { requireSignature: true } : {};
      await pullAll(context, { names, flags }, async (name) => {
        const { image, already } = await pullImage(app, name, operation(context), options);
        return { image, already, shown: describeImage(image) };
      });
    });
}
