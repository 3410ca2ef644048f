/** `cubic start` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { Started } from "../core/instances/start.ts";
import { type Context, operation } from "./context.ts";
import { chosenNames, forEachName } from "./each.ts";
import { acceleratorOption, durationValue, jsonOption } from "./options.ts";
import { formatOption, outputForm } from "./output.ts";

/** Starts instances. */
export function startCommand(context: Context): CommandUnknownOpts {
  return new Command("start")
    .description(
      "Start instances. Without --wait it returns as soon as the guest runs. Those that are paused are resumed.",
    )
    .argument("[names...]", "instances")
    .option("-a, --all", "all instances that do not run")
    .option("-w, --wait", "wait until the guest can be logged in to")
    .option("--timeout <duration>", "how long --wait may take (default: 10m)", durationValue)
    .addOption(acceleratorOption())
    .option(
      "--qemu-args <words>",
      "more options for QEMU, quoted as in a shell; for this start only, and at your own risk",
    )
    // Upstream asks about memory here; ours warns and starts.
    .addOption(new Option("-y, --yes").hideHelp())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic start web db --wait\n  cubic start --all\n" +
        "  cubic start web --qemu-args '-device virtio-gpu-pci'",
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .action(async (names, flags) => {
      if (flags.timeout !== undefined && !flags.wait) throw noWait();
      const { parseQemuArgs } = await import("../core/qemu/extra_args.ts");
      const { startInstance } = await import("../core/instances/start.ts");
      const { connectRunning } = await import("../core/instances/connect.ts");
      const { describeInstance } = await import("./ui/instances.ts");
      const app = await context.load();
      const options = {
        accelerator: flags.accel,
        ...(flags.qemuArgs !== undefined && { qemuArgs: parseQemuArgs(flags.qemuArgs) }),
        ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
      };
      const chosen = await chosenNames(app, {
        ...{ verb: "start", names, all: flags.all },
        // A temporary one that is stopped is what a killed session left.
        allOf: ({ instance, status }) =>
          !instance.temporary && ["stopped", "paused", "crashed"].includes(status.state),
      });
      const batch = { verb: "start", names: chosen, json: flags.json, format: flags.format };
      await forEachName(context, batch, async (name) => {
        const started = await startInstance(app, name, options, operation(context));
        if (flags.wait) {
          using _ready = await connectRunning(app, { name }, options, operation(context));
        }
        if (outputForm(flags) === "table") {
          context.ui.note(outcome(name, started));
        }
        return describeInstance(started.instance, started.status);
      });
    });
}

function noWait(): CubicError {
  return new CubicError(
    "usage",
    "Cannot use --timeout without --wait: a start alone waits for nothing",
    {
      hint: "Add --wait, or leave --timeout out.",
    },
  );
}

function outcome(name: string, { already, resumed }: Started): string {
  if (resumed) return `Resumed ${name}`;
  return already ? `${name} runs already` : `Started ${name}`;
}
