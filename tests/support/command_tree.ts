/** The commands of the program without what they do: lines are read and nothing happens. */
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { allCommands } from "../../cmd/command_tree.ts";
import { expandPrefixes } from "../../cmd/prefix.ts";
import { buildRoot } from "../../cmd/root.ts";
import { Ui } from "../../cmd/ui/ui.ts";
import { captureTerminal } from "./cli.ts";

/** The tree, and reading lines with it. */
export interface CommandTree {
  readonly root: CommandUnknownOpts;
  /** Reads a line; returns why it can't be read, if so. */
  parse(words: readonly string[]): Promise<string | undefined>;
  /** The help that lines asked for. */
  help(): string;
}

/** Builds one; commander keeps what it has read, so a line needs a tree of its own. */
export async function commandTree(): Promise<CommandTree> {
  const help: string[] = [];
  const nothing = (): never => {
    throw new Error("a command that is only read needs nothing");
  };
  const root = await buildRoot({
    ui: new Ui(captureTerminal().terminal),
    load: nothing,
    paths: nothing,
    signal: new AbortController().signal,
    exit: () => {},
  }, help);
  for (const command of allCommands(root)) {
    if (command.commands.length === 0) command.action(() => {});
  }
  return {
    root,
    async parse(words) {
      try {
        await root.parseAsync(expandPrefixes(root, words), { from: "user" });
        return undefined;
      } catch (error) {
        // Help that was asked for.
        if (error instanceof CommanderError) return undefined;
        return String(error);
      }
    },
    help: () => help.join(""),
  };
}
