/** `cubic stop` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { type Context, operation } from "./context.ts";
import { chosenNames, forEachName } from "./each.ts";
import { durationValue, jsonOption } from "./options.ts";
import { formatOption, outputForm } from "./output.ts";

/** Stops instances. */
export function stopCommand(context: Context): CommandUnknownOpts {
  return new Command("stop")
    .description(
      "Ask guests to shut down and wait until they have. One that takes too long is cut off.",
    )
    .argument("[names...]", "instances")
    .option("-a, --all", "all instances that run")
    .option("--timeout <duration>", "how long a guest may take (default: 2m)", durationValue)
    .option("-k, --kill", "cut them off at once, as if the plug was pulled")
    // Upstream's flag; here a stop always waits.
    .addOption(new Option("-w, --wait").hideHelp())
    .addHelpText("after", "\nExamples:\n  cubic stop web\n  cubic stop --all --timeout 30s")
    .addOption(jsonOption())
    .addOption(formatOption())
    .action(async (names, flags) => {
      if (flags.kill && flags.timeout !== undefined) {
        throw new CubicError(
          "usage",
          "Cannot use --timeout with --kill: that gives no time at all",
          {
            hint: "Leave one of them out: --timeout alone cuts off what takes longer.",
          },
        );
      }
      const { stopInstance } = await import("../core/instances/stop.ts");
      const app = await context.load();
      const chosen = await chosenNames(app, {
        ...{ verb: "stop", names, all: flags.all },
        allOf: ({ status }) => status.state !== "stopped",
      });
      const options = {
        ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
        ...(flags.kill && { kill: true }),
      };
      const batch = { verb: "stop", names: chosen, json: flags.json, format: flags.format };
      await forEachName(context, batch, async (name) => {
        const stopped = await stopInstance(app, name, options, operation(context));
        if (outputForm(flags) === "table") context.ui.note(SAY[stopped.how](name));
        return stopped;
      });
    });
}

const SAY: Readonly<Record<"clean" | "killed" | "already", (name: string) => string>> = {
  clean: (name) => `Stopped ${name}`,
  killed: (name) => `Cut ${name} off`,
  already: (name) => `${name} is stopped already`,
};
