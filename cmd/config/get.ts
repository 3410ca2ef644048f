/** `cubic config get` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitStatus } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { printable } from "../ui/text.ts";

/** Prints one setting. */
export function configGetCommand(context: Context): CommandUnknownOpts {
  return new Command("get")
    .summary("print the value of a setting")
    .description(
      "Print the value of a setting, alone on a line. Exit status 3 when it is not set and has no default.",
    )
    .argument("<key>", "setting, as in mirror.debian")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic config get require-signature\n  cubic config get mirror.debian --json",
    )
    .action(async (key, flags) => {
      const { getSetting } = await import("../../core/config_settings.ts");
      const setting = await getSetting(await context.load(), key);
      if (setting.value === null) context.exit(exitStatus("file-not-found"));
      const { key: known, value } = setting;
      await printResult(context, flags, {
        value: setting,
        text: () => value === null ? undefined : printable(String(value)),
        note: () => value === null ? `${known} is not set` : undefined,
      });
    });
}
