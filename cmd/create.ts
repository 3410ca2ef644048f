/** `cubic create` */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { createRequest, newCreateCommand } from "./create_options.ts";
import { jsonOption } from "./options.ts";

/** Makes an instance. */
export function createCommand(context: Context): CommandUnknownOpts {
  return newCreateCommand("create")
    .summary("make an instance")
    .description("Make an instance from a cloud image. It is not started.")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic create web --image debian\n  cubic create web -i ubuntu:24.04 -c 2 -m 2G -p 8080:80",
    )
    .action(async (name, flags) => {
      const { createInstance } = await import("../core/instances/create.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const instance = await createInstance(app, createRequest(name, flags), operation(context));
      if (flags.json) return await context.ui.json(describeInstance(instance));
      context.ui.note(`Created ${name}. \`cubic ssh ${name}\` starts it and opens a shell.`);
    });
}
