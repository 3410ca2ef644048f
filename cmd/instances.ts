/** `cubic instances` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { jsonOption } from "./options.ts";

/** Lists the instances. */
export function instancesCommand(context: Context): CommandUnknownOpts {
  return new Command("instances")
    .aliases(["list", "ls"])
    .summary("list the instances")
    .description("List the instances and their states. Damaged ones are listed as broken.")
    .option("-a, --all", "show SSH port and process too")
    .addOption(jsonOption())
    .action(async (flags) => {
      const { listInstances } = await import("../core/instances/inspect.ts");
      const { describeList, renderList } = await import("./ui/instances.ts");
      const list = await listInstances(await context.load());
      if (flags.json) return await context.ui.json(describeList(list));
      if (list.length === 0) {
        return context.ui.note("No instances yet. `cubic create web --image debian` makes one.");
      }
      await context.ui.out(renderList(list, flags.all === true));
      for (const entry of list) {
        if ("problem" in entry) context.ui.report({ kind: "warning", text: entry.problem });
      }
    });
}
