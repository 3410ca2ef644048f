/** `cubic config get` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitStatus } from "../../core/errors.ts";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
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
    .action(async (key, flags) => {
      const { getSetting } = await import("../../core/config_settings.ts");
      const setting = await getSetting(await context.load(), key);
      if (setting.value === null) context.exit(exitStatus("file-not-found"));
      if (flags.json) return await context.ui.json(setting);
      if (setting.value === null) return context.ui.note(`${setting.key} is not set.`);
      await context.ui.out(printable(String(setting.value)));
    });
}
