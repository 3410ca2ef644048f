/** `cubic distro list` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Lists every distribution. */
export function distroListCommand(context: Context): CommandUnknownOpts {
  return new Command("list")
    .alias("ls")
    .summary("list the distributions")
    .description(
      "List the distributions: built-in and added ones, and where their images come from.",
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic distro list\n  cubic distro ls --json")
    .action(async (flags) => {
      const { describeDistro, renderDistros } = await import("../ui/distros.ts");
      const { distros, config } = await context.load();
      await printResult(context, flags, {
        value: distros.map((distro) => describeDistro(distro, config)),
        names: () => distros.map(({ name }) => name),
        text: (width) => renderDistros(distros, config, width),
      });
    });
}
