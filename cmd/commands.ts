/** Every command of the program, and what is known of it before its file is loaded. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { type Named, startingWith } from "./prefix.ts";

/** Makes the command; `root` has all others, loaded are those that the line names. */
export type CommandMaker = (context: Context, root: CommandUnknownOpts) => CommandUnknownOpts;

/** A command of the root. */
export interface CommandEntry extends Named {
  readonly summary: string;
  /** What it stands under in the help; a command without a heading is not listed. */
  readonly heading?: string;
  /** The words after it name commands, too. */
  readonly namesCommands?: boolean;
  readonly load: () => Promise<CommandMaker>;
}

/** All of them, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  ...under("Instances:", [
    command(
      ["create"],
      "make an instance",
      async () => (await import("./create.ts")).createCommand,
    ),
    command(
      ["run"],
      "make an instance, start it and open a shell",
      async () => (await import("./run.ts")).runCommand,
    ),
    command(["start"], "start instances", async () => (await import("./start.ts")).startCommand),
    command(["stop"], "shut instances down", async () => (await import("./stop.ts")).stopCommand),
    command(
      ["restart"],
      "shut instances down and start them again",
      async () => (await import("./restart.ts")).restartCommand,
    ),
    command(
      ["modify"],
      "change an instance",
      async () => (await import("./modify.ts")).modifyCommand,
    ),
    command(["clone"], "copy an instance", async () => (await import("./clone.ts")).cloneCommand),
    command(
      ["rename", "mv"],
      "give an instance another name",
      async () => (await import("./rename.ts")).renameCommand,
    ),
    command(
      ["delete", "rm"],
      "remove instances with their disks",
      async () => (await import("./delete.ts")).deleteCommand,
    ),
    command(
      ["protect"],
      "keep instances from being deleted",
      async () => (await import("./protect.ts")).protectCommand,
    ),
    command(
      ["instances", "list", "ls", "ps"],
      "list the instances",
      async () => (await import("./instances.ts")).instancesCommand,
    ),
    command(
      ["show", "info"],
      "show all about an instance or an image",
      async () => (await import("./show.ts")).showCommand,
    ),
    command(
      ["ports"],
      "list the forwarded ports of all instances",
      async () => (await import("./ports.ts")).portsCommand,
    ),
    command(
      ["port"],
      "forward ports of the host into a guest",
      async () => (await import("./port.ts")).portCommand,
    ),
  ]),
  ...under("Inside an instance:", [
    command(
      ["ssh", "shell"],
      "open a shell in an instance",
      async () => (await import("./ssh.ts")).sshCommand,
    ),
    command(
      ["exec"],
      "run a command in an instance",
      async () => (await import("./exec.ts")).execCommand,
    ),
    command(
      ["scp", "cp"],
      "copy files into, out of and between instances",
      async () => (await import("./scp.ts")).scpCommand,
    ),
    command(
      ["console"],
      "attach to the serial console of an instance",
      async () => (await import("./console.ts")).consoleCommand,
    ),
    command(
      ["logs"],
      "print what the console, cloud-init or QEMU said",
      async () => (await import("./logs.ts")).logsCommand,
    ),
    command(
      ["events"],
      "tell what happens to instances, as it happens",
      async () => (await import("./events.ts")).eventsCommand,
    ),
    command(
      ["stats", "top"],
      "show what instances use of processor, memory and disk",
      async () => (await import("./stats.ts")).statsCommand,
    ),
    command(
      ["wait"],
      "wait until an instance is ready, or stopped",
      async () => (await import("./wait.ts")).waitCommand,
    ),
    command(
      ["tunnel"],
      "open tunnels to a guest's network until Ctrl-C",
      async () => (await import("./tunnel.ts")).tunnelCommand,
    ),
    command(
      ["ssh-config"],
      "let plain ssh, rsync, Ansible … know the instances",
      async () => (await import("./ssh_config.ts")).sshConfigCommand,
    ),
  ]),
  ...under("Images:", [
    command(
      ["images"],
      "list the images to choose from",
      async () => (await import("./images.ts")).imagesCommand,
    ),
    command(
      ["image"],
      "get, show, make and remove images",
      async () => (await import("./image.ts")).imageCommand,
    ),
    command(
      ["distro"],
      "list distributions, and add your own",
      async () => (await import("./distro.ts")).distroCommand,
    ),
  ]),
  ...under("Other:", [
    command(
      ["config"],
      "tell and change settings",
      async () => (await import("./config.ts")).configCommand,
    ),
    command(
      ["prune"],
      "show what nobody needs, and remove it",
      async () => (await import("./prune.ts")).pruneCommand,
    ),
    command(
      ["doctor"],
      "check the host, and mend what can be mended",
      async () => (await import("./doctor.ts")).doctorCommand,
    ),
    command(
      ["upgrade"],
      "replace cubic by its newest version",
      async () => (await import("./upgrade.ts")).upgradeCommand,
    ),
    aboutCommands(
      ["schema"],
      "print the JSON Schema of a command's --json",
      async () => (await import("./schema.ts")).schemaCommand,
    ),
    command(
      ["completions", "completion"],
      "print a completion script for a shell",
      async () => (await import("./completions.ts")).completionsCommand,
    ),
    aboutCommands(
      ["help"],
      "print help for a command or about a topic",
      async () => (await import("./help.ts")).helpCommand,
    ),
  ]),
  aboutCommands(
    ["complete"],
    "tell a shell what a word may be",
    async () => (await import("./complete.ts")).completeCommand,
  ),
];

function under(heading: string, commands: readonly CommandEntry[]): CommandEntry[] {
  return commands.map((entry) => ({ ...entry, heading }));
}

function command(
  [name = "", ...aliases]: readonly string[],
  summary: string,
  load: () => Promise<CommandMaker>,
): CommandEntry {
  return { name, aliases, summary, load };
}

/** A command whose words name commands, too. */
function aboutCommands(...parts: Parameters<typeof command>): CommandEntry {
  return { ...command(...parts), namesCommands: true };
}

/**
 * The commands whose files a line needs: the one that it names, and where that is about commands, those that any later
 * word may name. One too many does no harm.
 */
export function namedCommands(words: readonly string[]): CommandEntry[] {
  const named = new Set<CommandEntry>();
  for (const word of words) {
    const entry = entryFor(word);
    if (entry) named.add(entry);
    const [first] = named;
    if (first && !first.namesCommands) break;
  }
  return [...named];
}

/** The parser complains of a word that stands for several; here it is as good as one that stands for none. */
function entryFor(word: string): CommandEntry | undefined {
  const exact = COMMANDS.find(({ name, aliases }) => name === word || aliases.includes(word));
  if (exact) return exact;
  const [found, ...others] = startingWith(COMMANDS.filter(({ heading }) => heading), word);
  return others.length > 0 ? undefined : found;
}
