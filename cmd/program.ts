/** The root command: global flags, the list of commands, what comes of errors. */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { cloneCommand } from "./clone.ts";
import { completeCommand } from "./complete.ts";
import { completionsCommand } from "./completions.ts";
import { configCommand } from "./config.ts";
import { consoleCommand } from "./console.ts";
import type { Context } from "./context.ts";
import { createCommand } from "./create.ts";
import { deleteCommand } from "./delete.ts";
import { distroCommand } from "./distro.ts";
import { doctorCommand } from "./doctor.ts";
import { eventsCommand } from "./events.ts";
import { execCommand } from "./exec.ts";
import { helpCommand } from "./help.ts";
import { listTopics } from "./help/topics.ts";
import { imageCommand } from "./image.ts";
import { imagesCommand } from "./images.ts";
import { instancesCommand } from "./instances.ts";
import { logsCommand } from "./logs.ts";
import { expandPrefixes } from "./prefix.ts";
import { modifyCommand } from "./modify.ts";
import { portCommand } from "./port.ts";
import { portsCommand } from "./ports.ts";
import { protectCommand } from "./protect.ts";
import { pruneCommand } from "./prune.ts";
import { renameCommand } from "./rename.ts";
import { restartCommand } from "./restart.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";
import { scpCommand } from "./scp.ts";
import { showCommand } from "./show.ts";
import { sshCommand } from "./ssh.ts";
import { sshConfigCommand } from "./ssh_config.ts";
import { startCommand } from "./start.ts";
import { statsCommand } from "./stats.ts";
import { stopCommand } from "./stop.ts";
import { tunnelCommand } from "./tunnel.ts";
import { upgradeCommand } from "./upgrade.ts";
import { waitCommand } from "./wait.ts";
import { printError } from "./ui/errors.ts";
import { usageError } from "./ui/usage.ts";
import { versionLine } from "./version.ts";

const EXIT_STATUSES = `
Exit status: 0 done, 1 failure, 2 wrong usage, 3 not found, 4 wrong state or
locked, 5 host not ready, 130 interrupted. ssh and exec return the guest's own,
255 without a connection.`;

/** As a shell shows a program that was ended by SIGPIPE: whoever read our stdout has enough, as in `| head -1`. */
const NOBODY_READS = 141;

/** Runs the program with these arguments and returns its exit status. */
export async function runProgram(
  args: readonly string[],
  parts: Omit<Context, "exit">,
): Promise<number> {
  let status = 0;
  const context: Context = { ...parts, exit: (code) => status = code };
  try {
    await answer(args, context);
    return status;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return NOBODY_READS;
    return printError(context.ui, error);
  } finally {
    context.ui.settle();
  }
}

/** Runs the command, or prints the help or version that was asked for. */
async function answer(args: readonly string[], context: Context): Promise<void> {
  const help: string[] = [];
  try {
    const root = buildProgram(context, help);
    await root.parseAsync(expandPrefixes(root, args), { from: "user" });
  } catch (error) {
    // What commander can't read was made a CubicError below; what is left is help and version.
    if (!(error instanceof CommanderError)) throw error;
    await context.ui.out(help.join(""));
  }
}

/** All commands, ready to parse a line; what they print as help or version is added to `help`. */
export function buildProgram(context: Context, help: string[]): CommandUnknownOpts {
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
  for (const [heading, commands] of commandGroups(context, root)) {
    for (const command of commands) root.addCommand(command.helpGroup(heading));
  }
  root.addCommand(completeCommand(context, root), { hidden: true });
  configure(root, "cubic", context, help);
  return root;
}

/** Every command, under the headings of the help. */
function commandGroups(
  context: Context,
  root: CommandUnknownOpts,
): [string, CommandUnknownOpts[]][] {
  return [
    ["Instances:", [
      createCommand(context),
      runCommand(context),
      startCommand(context),
      stopCommand(context),
      restartCommand(context),
      modifyCommand(context),
      cloneCommand(context),
      renameCommand(context),
      deleteCommand(context),
      protectCommand(context),
      instancesCommand(context),
      showCommand(context),
      portsCommand(context),
      portCommand(context),
    ]],
    ["Inside an instance:", [
      sshCommand(context),
      execCommand(context),
      scpCommand(context),
      consoleCommand(context),
      logsCommand(context),
      eventsCommand(context),
      statsCommand(context),
      waitCommand(context),
      tunnelCommand(context),
      sshConfigCommand(context),
    ]],
    ["Images:", [imagesCommand(context), imageCommand(context), distroCommand(context)]],
    ["Other:", [
      configCommand(context),
      pruneCommand(context),
      doctorCommand(context),
      upgradeCommand(context),
      schemaCommand(context, root),
      completionsCommand(context),
      helpCommand(context, root),
    ]],
  ];
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
