/** `cubic ssh` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { agentOptions, connectOptions, forwardAgentOption, runConnected } from "./connection.ts";
import type { Context } from "./context.ts";
import { environmentOption } from "./environment.ts";
import { acceleratorOption, durationValue } from "./options.ts";
import { guestLine, typedLine } from "./guest_line.ts";
import { runSession } from "./ui/session.ts";

/** Opens a shell. */
export function sshCommand(context: Context): CommandUnknownOpts {
  return new Command("ssh")
    .description(
      "Open a shell in an instance, starting it if need be. Enter, ~ and . leave it; ~? lists more. With a " +
        "command that is run instead, as `cubic exec` does.",
    )
    .argument("<target>", "[user@]instance")
    .argument("[command...]", "a shell line, or after -- program and arguments exactly as given")
    .addOption(forwardAgentOption())
    .addOption(environmentOption())
    .option(
      "--timeout <duration>",
      "how long the guest may take to boot (default: 10m)",
      durationValue,
    )
    .addOption(acceleratorOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic ssh web\n  cubic ssh -A root@web\n  cubic ssh web -- journalctl -n 20",
    )
    .action(async (target, [first, ...more], flags, command) => {
      const { parseTarget } = await import("../core/instances/connect.ts");
      const options = {
        ...connectOptions(flags),
        ...await agentOptions(context, flags.forwardAgent),
      };
      const session = {
        command: first === undefined
          ? undefined
          : await guestLine([first, ...more], typedLine(command).includes("--")),
        environment: flags.env ?? {},
        terminal: "auto" as const,
      };
      const app = await context.load();
      await runConnected(
        context,
        app,
        parseTarget(target),
        options,
        (connection) => runSession(context, connection, session),
      );
    });
}
