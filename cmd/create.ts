/** `cubic create` */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { createRequest, newCreateCommand } from "./create_options.ts";
import { jsonOption } from "./options.ts";
import { formatOption, printResult } from "./output.ts";

/** Makes an instance. */
export function createCommand(context: Context): CommandUnknownOpts {
  return newCreateCommand("create")
    .description(
      "Make an instance from a cloud image. It is not started. With --quiet its name is printed, alone.",
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic create web --image debian\n  cubic create web -i ubuntu:24.04 -c 2 -m 2G -p 8080:80\n" +
        "  name=$(cubic create -q -i alpine --ttl 1d)",
    )
    .action(async (name, flags) => {
      const { createInstance } = await import("../core/instances/create.ts");
      const { createIfMissing } = await import("../core/instances/existing.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const request = createRequest(name, flags);
      const { instance, created } = flags.ifMissing
        ? await createIfMissing(app, request, operation(context))
        : { instance: await createInstance(app, request, operation(context)), created: true };
      const what = created ? `Created ${instance.name}` : `${instance.name} is there already`;
      await printResult(context, flags, {
        value: describeInstance(instance),
        names: () => [instance.name],
        note: () => `${what}. \`cubic ssh ${instance.name}\` starts it and opens a shell.`,
      });
    });
}
