/** `cubic rename` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, outputForm, printResult } from "./output.ts";

/** Gives an instance another name. */
export function renameCommand(context: Context): CommandUnknownOpts {
  return new Command("rename")
    .description(
      "Give a stopped instance another name. Its guest gets the new host name when it boots next; everything else " +
        "in it stays as it is.",
    )
    .argument("<old>", "instance; it must be stopped")
    .argument("<new>", "the new name; becomes its host name")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic rename web www\n  cubic rename test-3 build --json")
    .action(async (before, after, flags) => {
      const { renameInstance } = await import("../core/instances/rename.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const instance = await renameInstance(app, before, after, operation(context));
      await printResult(context, flags, {
        value: describeInstance(instance),
        text: () => undefined,
      });
      if (outputForm(flags) === "table") context.ui.note(`Renamed ${before} to ${after}`);
    });
}
