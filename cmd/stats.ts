/** `cubic stats` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { InstanceStats } from "../core/instances/stats.ts";
import type { Context } from "./context.ts";
import { durationValue, jsonOption } from "./options.ts";
import { formatOption, type OutputFlags, outputForm, printResult } from "./output.ts";

const DEFAULT_MS = 2000;
/** Less would measure little but itself; the guest is asked for its memory once a second. */
const LEAST_MS = 1000;

/** Shows what instances use. */
export function statsCommand(context: Context): CommandUnknownOpts {
  return new Command("stats")
    .description(
      "Show what instances use: processor time (100% is one processor of the host), memory as the host and " +
        "as the guest see it, disk, and how long they run. On a terminal the table is drawn anew until " +
        "Ctrl-C, elsewhere it is printed once. Without a name those that run are shown.",
    )
    .argument("[names...]", "instances")
    .option(
      "-n, --interval <duration>",
      "time between two measurements (default: 2s)",
      durationValue,
    )
    .option("--stream", "go on until Ctrl-C (default: on a terminal)")
    .option("--no-stream", "measure once")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic stats\n  cubic top web -n 5\n  cubic stats --no-stream --json\n" +
        "  cubic stats --stream --json | jq --unbuffered .cpuPercent",
    )
    .action(async (names, flags) => {
      const intervalMs = flags.interval ?? DEFAULT_MS;
      if (intervalMs < LEAST_MS) {
        throw new CubicError("invalid-value", "Cannot measure more often than once a second", {
          hint: "Use --interval 1s or more.",
        });
      }
      if (flags.stream && outputForm(flags) === "yaml") {
        throw new CubicError("usage", "Cannot stream YAML", {
          hint: "--stream --json prints a value a line; --no-stream --format yaml measures once.",
        });
      }
      const { watchStats } = await import("../core/instances/stats.ts");
      const app = await context.load();
      const { ui, signal } = context;
      const measurements = watchStats(app, { names, intervalMs }, signal);
      const isTable = outputForm(flags) === "table";
      if (flags.stream ?? (isTable && ui.terminal.stdoutIsTerminal)) {
        return await (isTable ? drawAll(context, measurements) : printLines(context, measurements));
      }
      for await (const stats of measurements) return await printOnce(context, flags, stats);
    });
}

async function printOnce(
  context: Context,
  flags: OutputFlags,
  stats: readonly InstanceStats[],
): Promise<void> {
  const { renderStats } = await import("./ui/stats.ts");
  await printResult(context, flags, {
    value: stats,
    text: (width) => stats.length === 0 ? undefined : renderStats(stats, width),
    names: () => stats.map(({ name }) => name),
  });
  if (stats.length === 0 && outputForm(flags) === "table") context.ui.note("No instance runs.");
}

/** One object a line, as programs read streams. */
async function printLines(
  { ui }: Context,
  measurements: AsyncIterable<readonly InstanceStats[]>,
): Promise<void> {
  for await (const stats of measurements) {
    for (const one of stats) await ui.jsonLine(one);
  }
}

async function drawAll(
  { ui }: Context,
  measurements: AsyncIterable<readonly InstanceStats[]>,
): Promise<void> {
  const { drawLast, fitRows, redraw, renderStats } = await import("./ui/stats.ts");
  const draws = ui.terminal.stdoutIsTerminal && ui.terminal.env("TERM") !== "dumb";
  const write = (text: string): Promise<void> => ui.bytes(new TextEncoder().encode(text));
  let drawn: string | undefined;
  try {
    for await (const stats of measurements) {
      const table = renderStats(stats, ui.width());
      if (!draws) {
        await ui.out(table);
        continue;
      }
      drawn = fitRows(table, ui.terminal.rows());
      await write(redraw(drawn));
    }
  } finally {
    if (drawn !== undefined) await write(drawLast(drawn));
  }
}
