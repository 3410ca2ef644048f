/** Abbreviated commands: `cubic del web`, `cubic im`. The start of one command's name or alias stands for it. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { childOf, pathOf, visibleChildren } from "./command_tree.ts";
import { commandHere } from "./ui/other_words.ts";

/** What a command is called. */
export interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
}

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

/** Those that a word starts. Names go before aliases, so that an alias takes no abbreviation away. */
export function startingWith<One extends Named>(all: readonly One[], start: string): One[] {
  if (start === "") return [];
  const named = all.filter(({ name }) => name.startsWith(start));
  if (named.length > 0) return withoutSingulars(named);
  return all.filter(({ aliases }) => aliases.some((alias) => alias.startsWith(start)));
}

function byPrefix(parent: CommandUnknownOpts, start: string): CommandUnknownOpts | undefined {
  // Vagrant's `up` is not our `upgrade`.
  if (commandHere(start) !== undefined) return undefined;
  const children = visibleChildren(parent)
    .map((command) => ({ name: command.name(), aliases: command.aliases(), command }));
  const found = startingWith(children, start);
  if (found.length <= 1) return found[0]?.command;
  const names = found.map(({ name }) => `\`${name}\``);
  const path = ["cubic", pathOf(parent)].filter(Boolean).join(" ");
  throw new CubicError("usage", `Cannot tell which command "${start}" stands for`, {
    hint: `It may be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}; ` +
      `\`${path} --help\` tells what they do.`,
  });
}

/** A group and its plural count as the plural, which lists: `im` has always meant `images`. */
function withoutSingulars<One extends Named>(commands: readonly One[]): One[] {
  const names = commands.map(({ name }) => name);
  return commands.filter(({ name }) => !names.includes(`${name}s`));
}
