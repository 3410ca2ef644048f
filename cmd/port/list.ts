/** `cubic port list` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption } from "../output.ts";
import { printPorts } from "../port_rows.ts";

/** Lists the ports of one instance, or of all. */
export function portListCommand(context: Context): CommandUnknownOpts {
  return new Command("list")
    .alias("ls")
    .summary("list forwarded ports")
    .description("List the forwarded ports of an instance, or of all, as `cubic ports` does.")
    .argument("[instance]", "instance (default: all)")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic port list web\n  cubic port ls --json")
    .action((name, flags) => printPorts(context, name === undefined ? [] : [name], flags));
}
