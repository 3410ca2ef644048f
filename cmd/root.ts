/** The root command: global flags, the list of commands, what comes of errors. */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type CommandEntry, COMMANDS, namedCommands } from "./commands.ts";
import type { Context } from "./context.ts";
import { listTopics } from "./help/topics.ts";
import { expandPrefixes } from "./prefix.ts";
import { usageError } from "./ui/usage.ts";
import { versionLine } from "./version.ts";

const EXIT_STATUSES = `
Exit status: 0 done, 1 failure, 2 wrong usage, 3 not found, 4 wrong state or
locked, 5 host not ready, 130 interrupted. ssh and exec return the guest's own,
255 without a connection.`;

/**
 * Runs the command of a line. Returns the help or version when it asked for that instead.
 * @throws CubicError "usage" when it can't be read, and whatever the command throws
 */
export async function parseLine(
  args: readonly string[],
  context: Context,
): Promise<string | undefined> {
  const help: string[] = [];
  try {
    const root = await buildRoot(context, help, namedCommands(args));
    await root.parseAsync(expandPrefixes(root, args), { from: "user" });
    return undefined;
  } catch (error) {
    // What commander can't read was made a CubicError below; what is left is help and version.
    if (!(error instanceof CommanderError)) throw error;
    return help.join("");
  }
}

/**
 * The root, ready to parse a line that names some of the commands; of the others it knows what stands in the help. What
 * is printed as help or version is added to `help`.
 */
export async function buildRoot(
  context: Context,
  help: string[],
  needed: readonly CommandEntry[] = COMMANDS,
): Promise<CommandUnknownOpts> {
  const makers = await Promise.all(
    COMMANDS.map((entry) => needed.includes(entry) ? entry.load() : undefined),
  );
  const root: CommandUnknownOpts = new Command("cubic")
    .description("Lightweight Linux virtual machines from the distributions' own cloud images.")
    .usage("<command>")
    .option("-V, --version", "print the version and the commit")
    .on("option:version", () => {
      help.push(`${versionLine()}\n`);
      throw new CommanderError(0, "commander.version", "version");
    })
    .enablePositionalOptions()
    .addHelpText("after", listTopics)
    .addHelpText("after", EXIT_STATUSES)
    .hook("preAction", (_, command) => applyLoudness(context, command.optsWithGlobals()));
  for (const [index, entry] of COMMANDS.entries()) {
    const { aliases, summary, heading } = entry;
    const command = makers[index]?.(context, root) ?? outline(entry);
    command.aliases(aliases).summary(summary);
    if (heading !== undefined) command.helpGroup(heading);
    root.addCommand(command, { hidden: heading === undefined });
  }
  configure(root, "cubic", context, help);
  return root;
}

/** A command that the line does not name. */
function outline({ name }: CommandEntry): CommandUnknownOpts {
  return new Command(name).action(() => {
    throw new Error(`cubic ${name} was not loaded`);
  });
}

function applyLoudness({ ui }: Context, flags: Record<string, unknown>): void {
  if (flags["quiet"] === true) ui.loudness = "quiet";
  else if (flags["verbose"] === true) ui.loudness = "verbose";
}

/** What holds for every command; those that are added ready-made inherit nothing. */
function configure(
  command: CommandUnknownOpts,
  path: string,
  context: Context,
  help: string[],
): void {
  const columns = (): number => context.ui.terminal.columns() || 80;
  command
    .optionsGroup("Global options:")
    .option("-v, --verbose", "say more")
    .option("-q, --quiet", "say only what went wrong")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (child) => [child.name(), ...child.aliases()].join(", ") })
    // Commander neither writes nor exits by itself: help is collected, complaints become errors of ours.
    .configureOutput({
      writeOut: (text) => help.push(text),
      outputError: () => {},
      getOutHelpWidth: columns,
      getErrHelpWidth: columns,
    })
    .exitOverride((error) => {
      if (error.exitCode === 0) throw error;
      const commands = command.commands.flatMap((child) => [child.name(), ...child.aliases()]);
      throw usageError(error.message, { path, usage: command.usage(), commands });
    });
  if (command.commands.length > 0) answerWithHelp(command);
  for (const child of command.commands) {
    configure(child as CommandUnknownOpts, `${path} ${child.name()}`, context, help);
  }
}

/** A group without a command answers with its help, as docker and gh do; commander would complain. */
function answerWithHelp(group: CommandUnknownOpts): void {
  const help = group.help.bind(group);
  group.help = () => help();
}
