/** Which part of a command line a word is. Pure. */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { childOf, pathOf } from "../command_tree.ts";
import { expandPrefixes } from "../prefix.ts";
import { argumentSource } from "./sources.ts";

/** The place of the word in the line. */
export interface Slot {
  readonly command: CommandUnknownOpts;
  /** command: a subcommand; flag: an option's name; value: what follows an option; argument: anything else. */
  readonly kind: "command" | "flag" | "value" | "argument";
  /** The option whose value the word is. */
  readonly option?: Option;
  /** What stands before the value in the same word: `--image=`. */
  readonly lead: string;
  /** What is typed of it so far, without that. */
  readonly word: string;
  /** The arguments before it. */
  readonly before: readonly string[];
}

/** Finds the place of `word` after these words. */
export function findSlot(
  root: CommandUnknownOpts,
  words: readonly string[],
  word: string,
): Slot {
  let command = root;
  let option: Option | undefined;
  let onlyArguments = false;
  const before: string[] = [];
  for (const each of expandPrefixes(root, words)) {
    if (option) option = undefined;
    else if (onlyArguments) before.push(each);
    else if (each === "--") onlyArguments = true;
    else if (each.startsWith("-") && each !== "-") option = valueOption(command, each);
    else {
      const child = childOf(command, each);
      if (child) command = child;
      else before.push(each);
      // From there on the words are those of another program.
      onlyArguments = argumentSource(pathOf(command), before.length) === "guest";
    }
  }
  const slot = { command, lead: "", word, before };
  if (option) return { ...slot, kind: "value", option };
  if (onlyArguments || !word.startsWith("-")) {
    const isGroup = command.commands.length > 0 && before.length === 0;
    return { ...slot, kind: isGroup ? "command" : "argument" };
  }
  const [, name = "", value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  const given = value === undefined ? undefined : findOption(command, name);
  if (!given) return { ...slot, kind: "flag" };
  return { ...slot, kind: "value", option: given, lead: `${name}=`, word: value ?? "" };
}

/** The option that takes the next word as its value. */
function valueOption(command: CommandUnknownOpts, word: string): Option | undefined {
  const option = findOption(command, word);
  return option?.required || option?.optional ? option : undefined;
}

function findOption(command: CommandUnknownOpts, name: string): Option | undefined {
  return command.options.find(({ long, short }) => long === name || short === name);
}
