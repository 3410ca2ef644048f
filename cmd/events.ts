/** `cubic events` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { interrupted } from "../core/errors.ts";
import type { Context } from "./context.ts";
import { durationValue } from "./options.ts";

/** Has to be the list of core/instances/events.ts, which is not loaded for the help. */
const KINDS = [
  ...["created", "deleted", "renamed", "changed", "started", "stopped", "paused", "resumed"],
  ...["crashed", "broken", "mended"],
];

/** Tells what happens to instances. */
export function eventsCommand(context: Context): CommandUnknownOpts {
  return new Command("events")
    .description(
      "Print a line whenever an instance is created, deleted, renamed, changed, started, stopped, paused, " +
        "resumed, crashed, broken or mended, until Ctrl-C. All instances are watched when none are named.",
    )
    .argument("[names...]", "instances; they need not exist yet")
    .option("--for <duration>", "end after that time, with 0", durationValue)
    .addOption(
      new Option("--until <event>", "end after the first such event, with 0").choices(KINDS),
    )
    .option("--json", "print each event as one line of JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  cubic events\n  cubic events web --until stopped\n" +
        "  cubic events --json | jq --unbuffered -r 'select(.event == \"crashed\").name'",
    )
    .action(async (names, flags) => {
      const { watchEvents } = await import("../core/instances/events_watch.ts");
      const { instanceName } = await import("../core/names.ts");
      const { renderEvent } = await import("./ui/events.ts");
      const app = await context.load();
      const signal = withTimeout(context.signal, flags.for);
      for await (const event of watchEvents(app, { names: names.map(instanceName) }, signal)) {
        await (flags.json ? context.ui.jsonLine(event) : context.ui.out(renderEvent(event)));
        if (event.event === flags.until) return;
      }
      if (context.signal.aborted) throw interrupted();
    });
}

function withTimeout(signal: AbortSignal, timeoutMs: number | undefined): AbortSignal {
  return timeoutMs === undefined
    ? signal
    : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}
