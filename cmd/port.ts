/** `cubic port`: the commands for forwarded ports. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { portAddCommand } from "./port/add.ts";
import { portListCommand } from "./port/list.ts";
import { portRemoveCommand } from "./port/remove.ts";

/** The group of commands for ports. */
export function portCommand(context: Context): CommandUnknownOpts {
  return new Command("port")
    .description(
      "Commands for the ports of the host that lead into an instance. A running one has each change at once.",
    )
    .helpCommand(false)
    .addHelpText(
      "after",
      "\nExamples:\n  cubic port add web 8080:80\n  cubic port remove web 8080",
    )
    .addCommand(portAddCommand(context))
    .addCommand(portRemoveCommand(context))
    .addCommand(portListCommand(context));
}
