/** `cubic show` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, printResult } from "./output.ts";
import { printImage } from "./shown_image.ts";

/** Shows one instance, or an image. */
export function showCommand(context: Context): CommandUnknownOpts {
  return new Command("show")
    .description(
      "Show all about an instance, with the line to reach it with plain ssh. A name with a colon is an " +
        "image's, as for `cubic image show`.",
    )
    .argument("<name>", "instance, or image as in debian:12")
    .option("-a, --all", "ask a guest that runs how much memory it uses; takes a second")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic show web --all\n  cubic show debian:12 --json")
    .action(async (name, flags) => {
      const app = await context.load();
      if (name.includes(":")) return await printImage(context, app, name, flags);
      const { showInstance } = await import("../core/instances/show.ts");
      const { describeInstance, renderInstance } = await import("./ui/instances.ts");
      const options = { askGuest: flags.all === true };
      const { instance, status, ...extras } = await showInstance(app, name, options);
      await printResult(context, flags, {
        value: { ...describeInstance(instance, status), ...extras },
        text: () => renderInstance(instance, status, extras),
        names: () => [instance.name],
      });
    });
}
