/** `cubic ssh` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { connectOptions, runConnected } from "./connection.ts";
import type { Context } from "./context.ts";
import { environmentOption } from "./environment.ts";
import { acceleratorOption, durationValue } from "./options.ts";
import { openShell } from "./ui/session.ts";

/** Opens a shell. */
export function sshCommand(context: Context): CommandUnknownOpts {
  return new Command("ssh")
    .summary("open a shell in an instance")
    .description(
      "Open a shell in an instance, starting it if need be. Enter, ~ and . leave it; ~? lists more. " +
        "`cubic exec` runs a single command.",
    )
    .argument("<target>", "[user@]instance")
    .addOption(environmentOption())
    .option(
      "--timeout <duration>",
      "how long the guest may take to boot (default: 10m)",
      durationValue,
    )
    .addOption(acceleratorOption())
    .action(async (target, flags) => {
      const { parseTarget } = await import("../core/instances/connect.ts");
      const app = await context.load();
      await runConnected(
        context,
        app,
        parseTarget(target),
        connectOptions(flags),
        (connection) => openShell(context, connection, flags.env ?? {}),
      );
    });
}
