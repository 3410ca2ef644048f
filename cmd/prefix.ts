/** Abbreviated commands: `cubic del web`, `cubic im`. The start of one command's name or alias stands for it. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { childOf, pathOf, visibleChildren } from "./command_tree.ts";
import { commandHere } from "./ui/other_words.ts";

/**
 * The words of a command line with its commands written out. Whole names and aliases go first; a word that starts no
 * command is left to the parser's own complaint.
 * @throws CubicError "usage" when several commands start with a word.
 */
export function expandPrefixes(root: CommandUnknownOpts, words: readonly string[]): string[] {
  const out = [...words];
  let parent = root;
  for (const [index, word] of words.entries()) {
    if (word === "--" || parent.commands.length === 0) break;
    // Global flags take no value.
    if (word.startsWith("-")) continue;
    const exact = childOf(parent, word);
    const found = exact ?? byPrefix(parent, word);
    if (!found) break;
    if (!exact) out[index] = found.name();
    // What follows `help` are commands again, from the top.
    parent = found.parent === root && found.name() === "help" ? root : found;
  }
  return out;
}

/** Names go before aliases, so that an alias takes no abbreviation away. */
function byPrefix(parent: CommandUnknownOpts, start: string): CommandUnknownOpts | undefined {
  // Vagrant's `up` is not our `upgrade`.
  if (start === "" || commandHere(start) !== undefined) return undefined;
  const children = visibleChildren(parent);
  const named = children.filter((child) => child.name().startsWith(start));
  const found = named.length > 0
    ? withoutSingulars(named)
    : children.filter((child) => child.aliases().some((alias) => alias.startsWith(start)));
  if (found.length <= 1) return found[0];
  const names = found.map((child) => `\`${child.name()}\``);
  const path = ["cubic", pathOf(parent)].filter(Boolean).join(" ");
  throw new CubicError("usage", `Cannot tell which command "${start}" stands for`, {
    hint: `It may be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}; ` +
      `\`${path} --help\` tells what they do.`,
  });
}

/** A group and its plural count as the plural, which lists: `im` has always meant `images`. */
function withoutSingulars(commands: readonly CommandUnknownOpts[]): CommandUnknownOpts[] {
  const names = commands.map((command) => command.name());
  return commands.filter((command) => !names.includes(`${command.name()}s`));
}
