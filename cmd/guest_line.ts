/**
 * The command for a guest in the words of a line, by one rule for every command: after `--` program and arguments
 * reach the guest exactly as they are given; without it several words do too, and a single one is a line of shell.
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** The operands of a line before the dashes, and the words after them; undefined when there are no dashes. */
export interface SplitLine {
  readonly before: readonly string[];
  readonly words: readonly string[] | undefined;
}

/**
 * Splits the operands of a command at `--`, which the parser drops: it is looked up in the line as it was typed. Pure.
 */
export function splitAtDashes(operands: readonly string[], line: readonly string[]): SplitLine {
  const dashes = line.indexOf("--");
  if (dashes < 0) return { before: operands, words: undefined };
  const words = line.slice(dashes + 1);
  return { before: operands.slice(0, operands.length - words.length), words };
}

/** The line of a command as it was typed, with its dashes. */
export function typedLine({ parent }: Pick<CommandUnknownOpts, "parent">): readonly string[] {
  return parent?.args ?? [];
}

/** The line for the guest's shell; `exact` when the words stood after `--`. */
export async function guestLine(
  words: readonly [string, ...string[]],
  exact: boolean,
): Promise<string> {
  if (!exact && words.length === 1) return words[0];
  const { quoteCommand } = await import("../core/ssh/quote.ts");
  return quoteCommand(words);
}
