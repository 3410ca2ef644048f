/** `cubic config set` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { describeChange } from "../ui/settings.ts";

/** Changes one setting. */
export function configSetCommand(context: Context): CommandUnknownOpts {
  return new Command("set")
    .summary("change a setting")
    .description("Change a setting in config.toml; comments and order in it are kept.")
    .argument("<key>", "setting, as in mirror.debian")
    .argument("<value>", "its new value")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic config set require-signature true\n  cubic config set mirror.debian https://mirror.example/debian-cd-images",
    )
    .action(async (key, text, flags) => {
      const { setSetting } = await import("../../core/config_settings.ts");
      const change = await setSetting(await context.load(), key, text, context.signal);
      await printResult(context, flags, {
        value: describeChange(change),
        note: () => `${change.key} is ${change.value}`,
      });
      if (change.overriddenBy === undefined) return;
      const told = `${change.overriddenBy} is set and wins over config.toml.`;
      context.ui.report({ kind: "warning", text: told });
    });
}
