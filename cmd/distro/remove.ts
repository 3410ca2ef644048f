/** `cubic distro remove` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { jsonOption, yesOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { agreed } from "./agree.ts";

/** Removes an added distribution. */
export function distroRemoveCommand(context: Context): CommandUnknownOpts {
  return new Command("remove")
    .alias("rm")
    .summary("forget an added distribution")
    .description(
      "Forget an added distribution and remove its file. Its images that are stored, and the " +
        "instances that stand on them, stay.",
    )
    .argument("<name>", "added distribution")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic distro remove mydistro\n  cubic distro rm mydistro --yes",
    )
    .action(async (name, flags) => {
      const { findEntry, removeDistro } = await import("../../plugins/registry/add.ts");
      const { readRegistry } = await import("../../plugins/registry/entry.ts");
      const app = await context.load();
      findEntry(app, await readRegistry(app.paths), name);
      if (!flags.yes && !(await agreed(context, `Forget ${name}?`))) {
        const value = { name, removed: false };
        return await printResult(context, flags, { value, note: () => "Nothing removed" });
      }
      const { facts } = await removeDistro(app, name, operation(context));
      await printResult(context, flags, {
        value: { name: facts.name, removed: true },
        note: () => `Removed ${facts.name}; its stored images stay`,
      });
    });
}
