/** `cubic config path` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";

/** Prints where the settings are. */
export function configPathCommand(context: Context): CommandUnknownOpts {
  return new Command("path")
    .summary("print the path of config.toml")
    .description(
      "Print the path of config.toml, whether it is there or not, or can be read or not.",
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      '\nExamples:\n  cubic config path\n  "${EDITOR:-vi}" "$(cubic config path)"',
    )
    .action(async (flags) => {
      const { configFile } = await context.paths();
      await printResult(context, flags, { value: { path: configFile }, text: () => configFile });
    });
}
