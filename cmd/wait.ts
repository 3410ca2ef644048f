/** `cubic wait` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { WaitGoal } from "../core/instances/wait_goal.ts";
import type { Operation } from "../core/progress.ts";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { guestLine, splitAtDashes, typedLine } from "./guest_line.ts";
import { durationValue, jsonOption } from "./options.ts";
import { formatOption, outputForm } from "./output.ts";

/** As long as a first boot under emulation may take. */
const DEFAULT_MS = 600_000;

/** Each holds a connection, and shells of macOS allow a program 256 open files. */
const MOST_AT_ONCE = 50;
/** A step names no more of those that are missing. */
const MOST_NAMED = 4;

/** Waits until something is true of instances. */
export function waitCommand(context: Context): CommandUnknownOpts {
  return new Command("wait")
    .description(
      "Wait until something is true of every instance: a login succeeds (ssh), cloud-init has ended " +
        "without an error (cloud-init), a program of the guest listens on a TCP port (port:8080), QEMU is " +
        "gone (stopped), or the command after -- exits with 0. An instance that stops meanwhile ends the wait " +
        "with 4, the deadline with 1; several are watched side by side.",
    )
    .argument("<names...>", "instances")
    .option("--for <what>", "ssh, cloud-init, port:<number>, stopped or command (default: ssh)")
    .option(
      "--timeout <duration>",
      "how long everything may take; 0 only asks (default: 10m)",
      durationValue,
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .usage("[options] <names...> [-- command...]")
    .addHelpText(
      "after",
      "\nExamples:\n  cubic wait web\n  cubic wait web db --for cloud-init --timeout 5m\n" +
        "  cubic wait web --for port:80\n  cubic wait web -- test -e /srv/ready",
    )
    .action(async (operands, flags, command) => {
      const { waitFor } = await import("../core/instances/wait_for.ts");
      const { goalReached } = await import("../core/instances/wait_goal.ts");
      const { formatDuration } = await import("./ui/text.ts");
      const { before: names, words } = splitAtDashes(operands, typedLine(command));
      if (names.length === 0) throw noName();
      const goal = await chooseGoal(flags.for, words);
      const app = await context.load();
      const start = performance.now();
      const { timeout: timeoutMs = DEFAULT_MS, json, format } = flags;
      const steps = stepsOf(context, names);
      const batch = { verb: "wait for", names, json, format, sideBySide: MOST_AT_ONCE };
      await forEachName(context, batch, async (name) => {
        try {
          await waitFor(app, { name, goal, timeoutMs, since: start }, steps.operation);
        } finally {
          steps.done(name);
        }
        const milliseconds = Math.round(performance.now() - start);
        if (outputForm(flags) === "table") {
          context.ui.note(`${goalReached(goal, name)} (${formatDuration(milliseconds)})`);
        }
        return { name, for: goal.kind, milliseconds };
      });
    });
}

/** Several that are watched side by side share one step, which names those that are not there yet. */
function stepsOf(
  context: Context,
  names: readonly string[],
): { readonly operation: Operation; readonly done: (name: string) => void } {
  const { signal, report } = operation(context);
  const missing = new Set(names);
  if (missing.size === 1) return { operation: { signal, report }, done: () => {} };
  const tell = (): void => {
    if (missing.size === 0 || signal.aborted) return;
    report({ kind: "step", text: `Waiting for ${nameSome([...missing])}` });
  };
  tell();
  return {
    operation: { signal, report: (event) => event.kind === "step" ? undefined : report(event) },
    done: (name) => {
      missing.delete(name);
      // Without live lines each stays: of many instances that would be a flood.
      if (context.ui.terminal.stderrIsTerminal || names.length <= MOST_NAMED) tell();
    },
  };
}

function nameSome(names: readonly string[]): string {
  if (names.length <= MOST_NAMED) return names.join(", ");
  const first = names.slice(0, MOST_NAMED - 1);
  return `${first.join(", ")} and ${names.length - first.length} more`;
}

function noName(): CubicError {
  return new CubicError("usage", "Cannot tell which instance to wait for", {
    hint: "Its name stands before the command: `cubic wait web -- test -e /srv/ready`.",
  });
}

function noCommand(): CubicError {
  return new CubicError("usage", "Cannot tell which command to wait for", {
    hint: "It stands after --: `cubic wait web --for command -- test -e /srv/ready`.",
  });
}

async function chooseGoal(
  text: string | undefined,
  words: readonly string[] | undefined,
): Promise<WaitGoal> {
  const { parseGoal } = await import("../core/instances/wait_goal.ts");
  if (!words && text !== "command") return parseGoal(text ?? "ssh");
  const [first, ...more] = words ?? [];
  if (first === undefined) throw noCommand();
  if (text !== undefined && text !== "command") {
    throw new CubicError("usage", `Cannot wait for ${text} and for a command at once`, {
      hint: "Leave --for out, or wait twice.",
    });
  }
  return { kind: "command", line: await guestLine([first, ...more], true) };
}
