/** `cubic exec` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { agentOptions, connectOptions, forwardAgentOption, runConnected } from "./connection.ts";
import type { Context } from "./context.ts";
import { environmentOption } from "./environment.ts";
import { guestLine } from "./guest_line.ts";
import { acceleratorOption, durationValue } from "./options.ts";
import { runSession, type TerminalChoice } from "./ui/session.ts";

/** Runs a command in an instance. */
export function execCommand(context: Context): CommandUnknownOpts {
  return new Command("exec")
    .description(
      "Run a command in an instance, starting it if need be. The exit status is the command's own, " +
        "128 + number when a signal ended it, 255 when the connection failed.",
    )
    .argument("<target>", "[user@]instance")
    .argument(
      "<command...>",
      "after --, program and arguments exactly as given; a single word without -- is a shell line",
    )
    .addOption(environmentOption())
    .addOption(forwardAgentOption())
    .option("-t, --tty", "give the command a terminal (default: when both ends are one)")
    .option("-T, --no-tty", "do not give it a terminal")
    .option(
      "--timeout <duration>",
      "how long the guest may take to boot (default: 10m)",
      durationValue,
    )
    .addOption(acceleratorOption())
    .passThroughOptions()
    .addHelpText(
      "after",
      "\nExamples:\n  cubic exec web -- ls -l '/srv/my files'\n  cubic exec web 'cd /srv && ls | wc -l'\n" +
        "  tar c . | cubic exec web -- tar x -C /srv",
    )
    .action(async (target, command, flags) => {
      const { parseTarget } = await import("../core/instances/connect.ts");
      const options = {
        ...connectOptions(flags),
        ...await agentOptions(context, flags.forwardAgent),
      };
      const app = await context.load();
      const session = {
        command: await guestCommand(command),
        environment: flags.env ?? {},
        terminal: choice(flags.tty),
      };
      await runConnected(
        context,
        app,
        parseTarget(target),
        options,
        (connection) => runSession(context, connection, session),
      );
    });
}

/**
 * The line for the guest's shell. Here the parser stops at the instance and leaves the dashes in the words.
 * @throws CubicError "usage" when there is nothing to run, or an option of ours in its place.
 */
export async function guestCommand(words: readonly string[]): Promise<string> {
  const exact = words[0] === "--";
  const command = exact ? words.slice(1) : words;
  const [first] = command;
  if (!exact && first?.startsWith("-")) {
    throw new CubicError("usage", `Cannot run "${first}": it looks like an option`, {
      hint: "Options stand before the instance, a command like that after --: " +
        "`cubic exec -t web -- top`.",
    });
  }
  if (first === undefined) {
    throw new CubicError("usage", "Cannot tell what to run", {
      hint: "Write the command after --, as in `cubic exec web -- uptime`.",
    });
  }
  return await guestLine([first, ...command.slice(1)], exact);
}

function choice(tty: boolean | undefined): TerminalChoice {
  if (tty === undefined) return "auto";
  return tty ? "always" : "never";
}
