/** `cubic ports` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption } from "./output.ts";
import { printPorts } from "./port_rows.ts";

/** Lists the ports of all instances. */
export function portsCommand(context: Context): CommandUnknownOpts {
  return new Command("ports")
    .description(
      "List the forwarded ports of all instances: whether the instance has the port of the host now, and whether " +
        "something in the guest answers there, which is tried.",
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic ports\n  cubic ports --json")
    .action((flags) => printPorts(context, [], flags));
}
