/** `cubic config unset` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

/** Removes one setting. */
export function configUnsetCommand(context: Context): CommandUnknownOpts {
  return new Command("unset")
    .summary("go back to the default of a setting")
    .description("Remove a setting from config.toml; its default counts again.")
    .argument("<key>", "setting, as in mirror.debian")
    .addHelpText(
      "after",
      "\nExamples:\n  cubic config unset require-signature\n  cubic config unset mirror.debian",
    )
    .action(async (key) => {
      const { unsetSetting } = await import("../../core/config_settings.ts");
      const change = await unsetSetting(await context.load(), key, context.signal);
      context.ui.note(
        change.changed ? `${change.key} is not set any more` : `${change.key} was not set`,
      );
      if (change.overriddenBy === undefined) return;
      const told = `${change.overriddenBy} is set and counts all the same.`;
      context.ui.report({ kind: "warning", text: told });
    });
}
