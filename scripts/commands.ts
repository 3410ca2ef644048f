/** What the program's own help says, as data: the one source of the man pages and docs/commands.md. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { allCommands, pathOf, visibleChildren } from "../cmd/command_tree.ts";
import type { Context } from "../cmd/context.ts";
import { buildRoot } from "../cmd/root.ts";
import { Ui } from "../cmd/ui/ui.ts";

/** An argument or option, and what it does. */
export interface Term {
  readonly term: string;
  readonly description: string;
}

/** A command as it is documented. */
export interface CommandText {
  /** What is typed, with `cubic`. */
  readonly path: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  /** What follows the path. */
  readonly usage: string;
  readonly arguments: readonly Term[];
  readonly options: readonly Term[];
  readonly globalOptions: readonly Term[];
  readonly commands: readonly Term[];
  /** What stands under all that, as it is printed: examples and notes. */
  readonly notes: string;
}

/** The program first, then every command in the order of the help. */
export async function documentedCommands(): Promise<CommandText[]> {
  const printed: string[] = [];
  const root = await buildRoot(idleContext(), printed);
  return [root, ...allCommands(root)].map((command) => textOf(command, printed));
}

function textOf(command: CommandUnknownOpts, printed: string[]): CommandText {
  const help = command.createHelp();
  const options = help.visibleOptions(command).map((option) => ({
    term: help.optionTerm(option),
    description: help.optionDescription(option),
    // `upgrade` has a --version of its own.
    isGlobal: ["--verbose", "--quiet", "--help"].includes(option.long ?? "") ||
      (option.long === "--version" && option.short === "-V"),
  }));
  return {
    path: ["cubic", pathOf(command)].filter(Boolean).join(" "),
    aliases: command.aliases(),
    summary: command.summary(),
    description: command.description(),
    usage: command.usage(),
    arguments: help.visibleArguments(command).map((argument) => ({
      term: `<${help.argumentTerm(argument)}>`,
      description: help.argumentDescription(argument),
    })),
    options: options.filter(({ isGlobal }) => !isGlobal),
    globalOptions: options.filter(({ isGlobal }) => isGlobal),
    commands: visibleChildren(command).map((child) => ({
      term: ["cubic", pathOf(child)].join(" "),
      description: child.summary(),
    })),
    notes: notesOf(command, printed),
  };
}

/** Commander tells the texts after the help only to those who print it. */
function notesOf(command: CommandUnknownOpts, printed: string[]): string {
  printed.length = 0;
  command.outputHelp();
  const [body = "", ...rest] = printed;
  return rest.length > 0 ? rest.join("") : body.slice(command.helpInformation().length);
}

/** Nothing is done here but telling what could be done, as to somebody without a terminal. */
function idleContext(): Context {
  const nothing = (): never => {
    throw new Error("help needs nothing");
  };
  const terminal = {
    writeOut: nothing,
    writeErr: nothing,
    stdinIsTerminal: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: () => 80,
    rows: () => 24,
    readLine: nothing,
    env: () => undefined,
  };
  return {
    ui: new Ui(terminal),
    load: nothing,
    paths: nothing,
    signal: new AbortController().signal,
    exit: nothing,
  };
}
