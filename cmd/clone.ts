/** `cubic clone` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, outputForm, printResult } from "./output.ts";

/** Copies an instance. */
export function cloneCommand(context: Context): CommandUnknownOpts {
  return new Command("clone")
    .description(
      "Copy a stopped instance, at once and without taking room: both go on from the same disk, each with its own " +
        "changes. The copy has its own host name, keys, addresses and SSH port, so both can run side by side; " +
        "forwarded ports stay with the original.",
    )
    .argument("<source>", "instance to copy; it must be stopped")
    .argument("<name>", "name of the new instance; becomes its host name")
    .option("--full", "copy all of the disk into one file that shares nothing")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic clone web web2\n  cubic clone web archive --full")
    .action(async (source, name, flags) => {
      const { cloneInstance } = await import("../core/instances/clone.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const request = { source, name, ...(flags.full && { full: true }) };
      const cloned = await cloneInstance(app, request, operation(context));
      await printResult(context, flags, {
        value: describeInstance(cloned.instance),
        text: () => undefined,
      });
      if (outputForm(flags) !== "table") return;
      context.ui.note(`Cloned ${source} to ${name}. \`cubic ssh ${name}\` opens a shell in it.`);
      if (cloned.source.forwards.length > 0) {
        context.ui.note(
          `The forwarded ports stay with ${source}; \`cubic port add ${name} HOST:GUEST\` gives ${name} its own.`,
        );
      }
    });
}
