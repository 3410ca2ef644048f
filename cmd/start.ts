/** `cubic start` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { acceleratorOption, durationValue, jsonOption } from "./options.ts";

/** Starts instances. */
export function startCommand(context: Context): CommandUnknownOpts {
  return new Command("start")
    .summary("start instances")
    .description("Start instances. Without --wait it returns as soon as the guest runs.")
    .argument("<names...>", "instances")
    .option("-w, --wait", "wait until the guest can be logged in to")
    .option("--timeout <duration>", "how long --wait may take (default: 10m)", durationValue)
    .addOption(acceleratorOption())
    .addOption(jsonOption())
    .action(async (names, flags) => {
      const { startInstance } = await import("../core/instances/start.ts");
      const { connectRunning } = await import("../core/instances/connect.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const options = {
        accelerator: flags.accel,
        ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
      };
      const batch = { verb: "start", names, json: flags.json === true };
      await forEachName(context, batch, async (name) => {
        const { instance, status, already } = await startInstance(
          app,
          name,
          options,
          operation(context),
        );
        if (flags.wait) {
          using _ready = await connectRunning(app, { name }, options, operation(context));
        }
        if (!flags.json) context.ui.note(already ? `${name} runs already` : `Started ${name}`);
        return describeInstance(instance, status);
      });
    });
}
