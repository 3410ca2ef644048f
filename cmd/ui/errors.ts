/** What a person sees of an error. */
import { CubicError, exitStatus } from "../../core/errors.ts";
import { printable } from "./text.ts";
import type { Ui } from "./ui.ts";

/** Prints an error, its evidence and what to do next to stderr; returns the exit status. */
export function printError(ui: Ui, error: unknown): number {
  ui.settle();
  if (!(error instanceof CubicError)) return printBug(ui, error);
  if (error.code === "interrupted") {
    // Over the ^C that the terminal echoed.
    ui.err(ui.terminal.stderrIsTerminal ? "\rInterrupted" : "Interrupted");
    return exitStatus(error.code);
  }
  ui.labelled("error:", "red", error.message);
  if (error.details) ui.err(indent(printable(error.details)));
  if (error.hint !== undefined) ui.labelled("hint:", "cyan", error.hint);
  if (ui.loudness === "verbose" && error.cause !== undefined) {
    ui.err(ui.style(`cause: ${printable(causeText(error.cause))}`, "dim"));
  }
  return exitStatus(error.code);
}

/** Anything but a CubicError is a mistake of ours, so the stack is worth more than a nice sentence. */
function printBug(ui: Ui, error: unknown): number {
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  ui.err(`${ui.style("internal error:", "red")} ${printable(stack)}`);
  ui.err("This is a bug in cubic. Please report it with the lines above.");
  return exitStatus("failed");
}

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause instanceof CubicError ? cause.message : cause.stack ?? cause.message;
}

function indent(text: string): string {
  return text.split("\n").map((line) => `  ${line}`).join("\n");
}
