/** `cubic restart` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { chosenNames, forEachName } from "./each.ts";
import { acceleratorOption, durationValue, jsonOption } from "./options.ts";
import { formatOption, outputForm } from "./output.ts";

/** Stops instances and starts them again. */
export function restartCommand(context: Context): CommandUnknownOpts {
  return new Command("restart")
    .description(
      "Shut instances down, start them again and wait until they can be logged in to. " +
        "One that is stopped is started.",
    )
    .argument("[names...]", "instances")
    .option("-a, --all", "all instances that run")
    .option("--timeout <duration>", "how long each way may take (default: 2m, 10m)", durationValue)
    .option("-k, --kill", "cut them off instead of asking")
    .addOption(acceleratorOption())
    .addHelpText("after", "\nExamples:\n  cubic restart web\n  cubic restart --all --timeout 5m")
    .addOption(jsonOption())
    .addOption(formatOption())
    .action(async (names, flags) => {
      const { stopInstance } = await import("../core/instances/stop.ts");
      const { startInstance } = await import("../core/instances/start.ts");
      const { connectRunning } = await import("../core/instances/connect.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const limit = flags.timeout === undefined ? {} : { timeoutMs: flags.timeout };
      const start = { accelerator: flags.accel, ...limit };
      const stop = { ...limit, ...(flags.kill && { kill: true }) };
      const chosen = await chosenNames(app, {
        ...{ verb: "restart", names, all: flags.all },
        allOf: ({ status }) => status.state !== "stopped",
      });
      const batch = { verb: "restart", names: chosen, json: flags.json, format: flags.format };
      await forEachName(context, batch, async (name) => {
        await stopInstance(app, name, stop, operation(context));
        const { instance, status } = await startInstance(app, name, start, operation(context));
        using _ready = await connectRunning(app, { name }, start, operation(context));
        if (outputForm(flags) === "table") context.ui.note(`Restarted ${name}`);
        return describeInstance(instance, status);
      });
    });
}
