/** In which form a result is printed: for people, or for programs. */
import { Option } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";

/** The forms a result may have. */
export type OutputForm = "table" | "json" | "yaml";

/** What the options of the form give. */
export interface OutputFlags {
  readonly json?: true | undefined;
  readonly format?: OutputForm | undefined;
}

/** A result in every form it may be asked for. */
export interface Result {
  /** For `--json` and `--format yaml`: the same whatever the terminal is (docs/json.md). */
  readonly value: unknown;
  /**
   * For people, on stdout; undefined when there is nothing to say. `width` is what a line may take: the terminal's
   * columns, or Infinity when nobody sees it, so that nothing is cut in a pipe or a file.
   */
  readonly text?: (width: number) => string | undefined;
  /** For people, on stderr after the text: what was done, or why there is nothing. */
  readonly note?: () => string | undefined;
  /** For `--quiet`: one name a line; when left out, quiet is the same as the text. */
  readonly names?: () => readonly string[];
}

/** `--format` for commands that report. */
export function formatOption(): Option<
  "--format <form>",
  undefined,
  undefined,
  undefined,
  false,
  OutputForm
> {
  return new Option("--format <form>", "form of the result").choices(
    ["table", "json", "yaml"] as const,
  );
}

/** The form that the flags ask for: `--json` is short for `--format json`. */
export function outputForm({ json, format }: OutputFlags): OutputForm {
  return json ? "json" : format ?? "table";
}

/** Prints a result in the form that was asked for. */
export async function printResult(
  { ui }: Pick<Context, "ui">,
  flags: OutputFlags,
  { value, text, note, names }: Result,
): Promise<void> {
  const form = outputForm(flags);
  if (form === "json") return await ui.json(value);
  if (form === "yaml") {
    const { stringify } = await import("yaml");
    return await ui.out(stringify(value));
  }
  if (ui.loudness === "quiet" && names) {
    const lines = names();
    return lines.length === 0 ? undefined : await ui.out(lines.join("\n"));
  }
  const shown = text?.(ui.width());
  if (shown !== undefined) await ui.out(shown);
  const said = note?.();
  if (said !== undefined) ui.note(said);
}
