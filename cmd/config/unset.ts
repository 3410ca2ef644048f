/** `cubic config unset` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { describeChange } from "../ui/settings.ts";

/** Removes one setting. */
export function configUnsetCommand(context: Context): CommandUnknownOpts {
  return new Command("unset")
    .summary("go back to the default of a setting")
    .description("Remove a setting from config.toml; its default counts again.")
    .argument("<key>", "setting, as in mirror.debian")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic config unset require-signature\n  cubic config unset mirror.debian",
    )
    .action(async (key, flags) => {
      const { unsetSetting } = await import("../../core/config_settings.ts");
      const change = await unsetSetting(await context.load(), key, context.signal);
      await printResult(context, flags, {
        value: describeChange(change),
        note: () =>
          change.changed ? `${change.key} is not set any more` : `${change.key} was not set`,
      });
      if (change.overriddenBy === undefined) return;
      const told = `${change.overriddenBy} is set and counts all the same.`;
      context.ui.report({ kind: "warning", text: told });
    });
}
