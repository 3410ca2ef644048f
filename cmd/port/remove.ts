/** `cubic port remove` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { changeInstance } from "../modify_result.ts";
import { jsonOption } from "../options.ts";
import { formatOption } from "../output.ts";

/** Removes port rules from an instance. */
export function portRemoveCommand(context: Context): CommandUnknownOpts {
  return new Command("remove")
    .alias("rm")
    .summary("stop forwarding ports into an instance")
    .description(
      "Stop forwarding ports, at once when the instance runs; connections that are open stay so. A port of the host " +
        "alone means every rule that listens on it.",
    )
    .argument("<instance>", "instance")
    .argument("<rules...>", "rules, or ports of the host, as in 8080:80, 8080, 5353/udp, 8000-8010")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic port remove web 8080\n  cubic port rm web 8000-8010 5353:53/udp",
    )
    .action(async (name, rules, flags) => {
      const { parseSelectors } = await import("../../core/instances/forward.ts");
      const removeForwards = rules.flatMap(parseSelectors);
      await changeInstance(context, name, { removeForwards }, flags);
    });
}
