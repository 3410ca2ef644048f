/** `cubic instances` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, outputForm, printResult } from "./output.ts";

/** Lists the instances. */
export function instancesCommand(context: Context): CommandUnknownOpts {
  return new Command("instances")
    .description("List the instances and their states. Damaged ones are listed as broken.")
    .option("-a, --all", "show SSH port and process too")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic instances --all\n  cubic ls --json")
    .action(async (flags) => {
      const { listInstances } = await import("../core/instances/inspect.ts");
      const { describeList, renderList } = await import("./ui/instances.ts");
      const { realHost } = await import("../core/host.ts");
      // No settings and no distributions: half of the work of a list would be to load them.
      const list = await listInstances({ host: realHost(), paths: await context.paths() });
      await printResult(context, flags, {
        value: describeList(list),
        names: () => list.map(({ name }) => name),
        text: (width) =>
          list.length === 0 ? undefined : renderList(list, flags.all === true, width),
      });
      if (outputForm(flags) !== "table") return;
      if (list.length === 0) {
        context.ui.note("No instances yet. `cubic create web --image debian` makes one.");
      }
      for (const entry of list) {
        if ("problem" in entry) context.ui.report({ kind: "warning", text: entry.problem });
      }
    });
}
