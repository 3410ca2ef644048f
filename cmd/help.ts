/** `cubic help` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { childOf, findCommand, namesOf } from "./command_tree.ts";
import type { Context } from "./context.ts";
import { topicNames, topicText } from "./help/topics.ts";
import { unknownCommand } from "./ui/usage.ts";

/** Prints the help of the program or of a command, as `--help` after it does, or a text about a topic. */
export function helpCommand(context: Context, root: CommandUnknownOpts): CommandUnknownOpts {
  return new Command("help")
    .description(
      "Print help for a command, as `--help` after it does, or about a topic. Without either it " +
        "lists both.",
    )
    .argument("[word...]", "command, as in image build, or a topic, as in json")
    .addHelpText("after", "\nExamples:\n  cubic help image build\n  cubic help port-rules")
    .action(async (words) => {
      const [first] = words;
      if (first === undefined) return root.help();
      if (words.length > 1 || childOf(root, first)) return findCommand(root, words).help();
      const text = await topicText(first);
      if (text !== undefined) return await context.ui.out(text);
      const known = [...root.commands.flatMap(namesOf), ...topicNames()];
      throw unknownCommand(first, { path: "cubic", commands: known, noun: "command or topic" });
    });
}
