/** `cubic show` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { jsonOption } from "./options.ts";

/** Shows one instance. */
export function showCommand(context: Context): CommandUnknownOpts {
  return new Command("show")
    .summary("show all about an instance")
    .description("Show all about an instance, with the line to reach it with plain ssh.")
    .argument("<name>", "instance")
    .addOption(jsonOption())
    .action(async (name, flags) => {
      const { showInstance } = await import("../core/instances/show.ts");
      const { describeInstance, renderInstance } = await import("./ui/instances.ts");
      const { instance, status, ...extras } = await showInstance(await context.load(), name);
      await (flags.json
        ? context.ui.json({ ...describeInstance(instance, status), ...extras })
        : context.ui.out(renderInstance(instance, status, extras)));
    });
}
