/** `cubic distro list` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";

/** Lists every distribution. */
export function distroListCommand(context: Context): CommandUnknownOpts {
  return new Command("list")
    .alias("ls")
    .summary("list the distributions")
    .description(
      "List the distributions: built-in and added ones, and where their images come from.",
    )
    .addOption(jsonOption())
    .action(async (flags) => {
      const { describeDistro, renderDistros } = await import("../ui/distros.ts");
      const { distros, config } = await context.load();
      await (flags.json
        ? context.ui.json(distros.map((distro) => describeDistro(distro, config)))
        : context.ui.out(renderDistros(distros, config)));
    });
}
