/** `cubic help` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { unknownCommand } from "./ui/usage.ts";

/** Prints the help of the program or of a command, as `--help` after it does. */
export function helpCommand(root: CommandUnknownOpts): CommandUnknownOpts {
  return new Command("help")
    .summary("print help for a command")
    .description("Print help for a command, as `--help` after it does.")
    .argument("[command...]", "command, as in image build")
    .action((words) => words.reduce(childOf, root).help());
}

function childOf(parent: CommandUnknownOpts, word: string): CommandUnknownOpts {
  const namesOf = (command: CommandUnknownOpts): string[] => [command.name(), ...command.aliases()];
  const found = parent.commands.find((child) => namesOf(child).includes(word));
  if (found) return found;
  throw unknownCommand(word, { path: "cubic", commands: parent.commands.flatMap(namesOf) });
}
