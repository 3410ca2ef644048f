/** `cubic port add` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { changeInstance } from "../modify_result.ts";
import { jsonOption } from "../options.ts";
import { formatOption } from "../output.ts";

/** Adds port rules to an instance. */
export function portAddCommand(context: Context): CommandUnknownOpts {
  return new Command("add")
    .summary("forward ports into an instance")
    .description(
      "Forward ports of the host into an instance, at once when it runs. All of the rules are added, or none. " +
        "A rule is [HOST_IP:]HOST_PORT:GUEST_PORT[/tcp|udp]; both ports may be ranges.",
    )
    .argument("<instance>", "instance")
    .argument("<rules...>", "rules, as in 8080:80, 0.0.0.0:5353:53/udp or 8000-8010:8000-8010")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic port add web 8080:80\n  cubic port add web 0.0.0.0:8443:443 5353:53/udp\n" +
        "  cubic port add web 8000-8010:8000-8010",
    )
    .action(async (name, rules, flags) => {
      const { parseForwards } = await import("../../core/instances/forward.ts");
      await changeInstance(context, name, { addForwards: rules.flatMap(parseForwards) }, flags);
    });
}
