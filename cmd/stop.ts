/** `cubic stop` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { durationValue, jsonOption } from "./options.ts";

/** Stops instances. */
export function stopCommand(context: Context): CommandUnknownOpts {
  return new Command("stop")
    .summary("shut instances down")
    .description(
      "Ask guests to shut down and wait until they have. One that takes too long is cut off.",
    )
    .argument("[names...]", "instances")
    .option("-a, --all", "all instances that run")
    .option("--timeout <duration>", "how long a guest may take (default: 2m)", durationValue)
    .option("-k, --kill", "cut them off at once, as if the plug was pulled")
    // Upstream's flag; here a stop always waits.
    .addOption(new Option("-w, --wait").hideHelp())
    .addOption(jsonOption())
    .action(async (names, flags) => {
      const { stopInstance } = await import("../core/instances/stop.ts");
      const app = await context.load();
      const chosen = flags.all ? await runningNames(app) : names;
      if (chosen.length === 0 && !flags.all) {
        throw new CubicError("usage", "Cannot tell what to stop", {
          hint: "Name instances, as in `cubic stop web`, or use --all.",
        });
      }
      const options = {
        ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
        ...(flags.kill && { kill: true }),
      };
      const batch = { verb: "stop", names: chosen, json: flags.json === true };
      await forEachName(context, batch, async (name) => {
        const stopped = await stopInstance(app, name, options, operation(context));
        if (!flags.json) context.ui.note(SAY[stopped.how](name));
        return stopped;
      });
    });
}

const SAY: Readonly<Record<"clean" | "killed" | "already", (name: string) => string>> = {
  clean: (name) => `Stopped ${name}`,
  killed: (name) => `Cut ${name} off`,
  already: (name) => `${name} is stopped already`,
};

async function runningNames(app: Awaited<ReturnType<Context["load"]>>): Promise<string[]> {
  const { listInstances } = await import("../core/instances/inspect.ts");
  return (await listInstances(app))
    .filter((entry) => "status" in entry && entry.status.state !== "stopped")
    .map(({ name }) => name);
}
