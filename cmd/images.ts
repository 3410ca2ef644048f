/** `cubic images` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, printResult } from "./output.ts";

/** Lists the images to choose from. */
export function imagesCommand(context: Context): CommandUnknownOpts {
  return new Command("images")
    .description(
      "List the images that distributions offer for this host, and those that are stored. Lists are a day " +
        "old at most, or as old as they are when a vendor can't be reached.",
    )
    .argument("[distros...]", "only these distributions")
    .option("-a, --all", "other architectures and releases without support, too")
    .option("--refresh", "ask the vendors now")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic images\n  cubic images debian ubuntu --all\n  cubic images --refresh --json",
    )
    .action(async (distros, flags) => {
      const { catalogue } = await import("../core/images/catalogue.ts");
      const { describeEntry, renderCatalogue } = await import("./ui/catalogue.ts");
      const app = await context.load();
      const request = { distros, all: flags.all === true };
      const options = flags.refresh ? { maxAgeMs: 0 } : {};
      const { entries, stale } = await catalogue(app, request, operation(context), options);
      await printResult(context, flags, {
        value: entries.map(describeEntry),
        names: () => entries.map(({ name }) => name),
        text: (width) => entries.length === 0 ? undefined : renderCatalogue(entries, width),
      });
      for (const { distro, fetched, failure } of stale) {
        const known = fetched === undefined
          ? `Nothing is known of ${distro.title}`
          : `The list of ${distro.title} is of ${new Date(fetched).toISOString().slice(0, 10)}`;
        context.ui.report({ kind: "warning", text: `${known}: ${failure?.message}` });
      }
      if (entries.length === 0 && stale.length > 0) throw stale[0]?.failure;
    });
}
