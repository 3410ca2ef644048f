/** Walking through the commands: finding one by its words, and what is said of each. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { unknownCommand } from "./ui/usage.ts";

/** The names a command answers to. */
export function namesOf(command: CommandUnknownOpts): string[] {
  return [command.name(), ...command.aliases()];
}

/** The command of that name or alias; undefined when there is none. */
export function childOf(
  parent: CommandUnknownOpts,
  word: string,
): CommandUnknownOpts | undefined {
  return parent.commands.find((child) => namesOf(child).includes(word));
}

/** The commands directly below, but for hidden ones. */
export function visibleChildren(parent: CommandUnknownOpts): CommandUnknownOpts[] {
  return [...parent.createHelp().visibleCommands(parent)];
}

/**
 * The command that these words name.
 * @throws CubicError "usage"
 */
export function findCommand(
  root: CommandUnknownOpts,
  words: readonly string[],
): CommandUnknownOpts {
  return words.reduce((parent, word) => {
    const found = childOf(parent, word);
    if (found) return found;
    const path = parent === root ? "cubic" : `cubic ${pathOf(parent)}`;
    throw unknownCommand(word, { path, commands: parent.commands.flatMap(namesOf) });
  }, root);
}

/** What is typed after `cubic`, as in `image list`; empty for the root. */
export function pathOf(command: CommandUnknownOpts): string {
  const words: string[] = [];
  for (let each = command; each.parent; each = each.parent) words.unshift(each.name());
  return words.join(" ");
}

/** Every visible command that does something, and every group, in the order of the help. */
export function allCommands(root: CommandUnknownOpts): CommandUnknownOpts[] {
  return visibleChildren(root).flatMap((child) => [child, ...allCommands(child)]);
}
