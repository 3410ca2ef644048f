/** `cubic protect` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { jsonOption } from "./options.ts";
import { formatOption, outputForm } from "./output.ts";

/** Keeps instances from being deleted. */
export function protectCommand(context: Context): CommandUnknownOpts {
  return new Command("protect")
    .description(
      "Keep instances from being deleted: `delete` and `prune` refuse them until --off lets them go.",
    )
    .argument("<names...>", "instances")
    .option("--off", "let them go again")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic protect web db\n  cubic protect web --off")
    .action(async (names, flags) => {
      const { protectInstance } = await import("../core/instances/protect.ts");
      const app = await context.load();
      const on = flags.off !== true;
      const batch = { verb: on ? "protect" : "unprotect", names, ...flags };
      await forEachName(context, batch, async (name) => {
        const { changed } = await protectInstance(app, name, on, operation(context));
        const said = `${name} is ${changed ? "" : "already "}${on ? "protected" : "not protected"}`;
        if (outputForm(flags) === "table") context.ui.note(said);
        return { name, protected: on };
      });
    });
}
