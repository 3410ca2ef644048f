/** `cubic run` */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { connectOptions, runConnected } from "./connection.ts";
import { type Context, operation } from "./context.ts";
import { createRequest, newCreateCommand } from "./create_options.ts";
import { environmentOption } from "./environment.ts";
import { acceleratorOption } from "./options.ts";
import { openShell } from "./ui/session.ts";

/** Makes an instance, starts it and opens a shell. */
export function runCommand(context: Context): CommandUnknownOpts {
  return newCreateCommand("run")
    .summary("make an instance, start it and open a shell")
    .description("Make an instance, start it and open a shell: `create` and `ssh` in one.")
    .addOption(environmentOption())
    .addOption(acceleratorOption())
    .action(async (name, flags) => {
      const { createInstance } = await import("../core/instances/create.ts");
      const app = await context.load();
      await createInstance(app, createRequest(name, flags), operation(context));
      await runConnected(
        context,
        app,
        { name },
        connectOptions(flags),
        (connection) => openShell(context, connection, flags.env ?? {}),
      );
    });
}
