/** `cubic wait` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { WaitGoal } from "../core/instances/wait_goal.ts";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { guestLine } from "./guest_line.ts";
import { durationValue, jsonOption } from "./options.ts";
import { formatOption, outputForm } from "./output.ts";

/** As long as a first boot under emulation may take. */
const DEFAULT_MS = 600_000;

/** Waits until something is true of instances. */
export function waitCommand(context: Context): CommandUnknownOpts {
  return new Command("wait")
    .summary("wait until an instance is ready, or stopped")
    .description(
      "Wait until something is true of every instance: a login succeeds (ssh), cloud-init has ended " +
        "without an error (cloud-init), a program of the guest listens on a TCP port (port:8080), QEMU is " +
        "gone (stopped), or a command exits with 0: after --, several words exactly as given, a single one " +
        "a shell line. An instance that stops meanwhile ends the wait with 4, the deadline with 1.",
    )
    .argument("<names...>", "instances")
    .option("--for <what>", "ssh, cloud-init, port:<number>, stopped or command (default: ssh)")
    .option("--timeout <duration>", "how long everything may take (default: 10m)", durationValue)
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
      const { names, words } = splitAtDashes(operands, rawArguments(command));
      if (names.length === 0) throw noName();
      const goal = await chooseGoal(flags.for, words);
      const app = await context.load();
      const start = performance.now();
      const deadline = start + (flags.timeout ?? DEFAULT_MS);
      const { json, format } = flags;
      const batch = { verb: "wait for", names, json, format };
      await forEachName(context, batch, async (name) => {
        const timeoutMs = Math.max(0, Math.round(deadline - performance.now()));
        await waitFor(app, { name, goal, timeoutMs }, operation(context));
        const milliseconds = Math.round(performance.now() - start);
        if (outputForm(flags) === "table") {
          context.ui.note(`${goalReached(goal, name)} (${formatDuration(milliseconds)})`);
        }
        return { name, for: goal.kind, milliseconds };
      });
    });
}

/** Names before the dashes, a command after them; commander puts both into one list. Pure. */
export function splitAtDashes(
  operands: readonly string[],
  raw: readonly string[],
): { readonly names: readonly string[]; readonly words: readonly string[] } {
  const dashes = raw.indexOf("--");
  const after = dashes < 0 ? 0 : raw.length - dashes - 1;
  const count = operands.length - after;
  return { names: operands.slice(0, count), words: operands.slice(count) };
}

/** All arguments of the program as they were typed, which commander keeps but does not declare. */
function rawArguments({ parent }: Pick<CommandUnknownOpts, "parent">): readonly string[] {
  return (parent as unknown as { readonly rawArgs: readonly string[] }).rawArgs;
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

async function chooseGoal(text: string | undefined, words: readonly string[]): Promise<WaitGoal> {
  const { parseGoal } = await import("../core/instances/wait_goal.ts");
  const [first, ...more] = words;
  if (first === undefined) {
    if (text === "command") throw noCommand();
    return parseGoal(text ?? "ssh");
  }
  if (text !== undefined && text !== "command") {
    throw new CubicError("usage", `Cannot wait for ${text} and for a command at once`, {
      hint: "Leave --for out, or wait twice.",
    });
  }
  return { kind: "command", line: await guestLine([first, ...more]) };
}
