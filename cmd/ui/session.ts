/** Sessions in a guest, connected to the standard streams of this program. */
import type { SshConnection } from "../../core/ssh/client.ts";
import type { Context } from "../context.ts";
import { onResize, standardStreams, terminalSize, withRawTerminal } from "./terminal.ts";

/** Whether a session gets a terminal: when both ends of ours are one, or always, or never. */
export type TerminalChoice = "auto" | "always" | "never";

/** What to run in the guest. */
export interface SessionChoice {
  /** A line for the guest's shell; undefined for a login shell. */
  readonly command: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly terminal: TerminalChoice;
  /** What to say after `~.`; that the instance goes on running when left out. */
  readonly detached?: string;
}

/** Runs a command or a shell and returns its exit status, 0 after `~.`. */
export async function runSession(
  context: Context,
  connection: SshConnection,
  choice: SessionChoice,
): Promise<number> {
  context.ui.settle();
  const { stdinIsTerminal, stdoutIsTerminal } = context.ui.terminal;
  const both = stdinIsTerminal && stdoutIsTerminal;
  const wanted = choice.terminal === "always" || (choice.terminal === "auto" && both);
  const command = await commandLine(choice);
  return wanted
    ? await runOnTerminal(context, connection, command, choice.detached)
    : await runOnPipes(context, connection, command);
}

async function runOnTerminal(
  context: Context,
  connection: SshConnection,
  command: string | undefined,
  detached = "Detached; the instance goes on running.",
): Promise<number> {
  const { shell } = await import("../../core/ssh/shell.ts");
  const session = (): ReturnType<typeof shell> =>
    shell(connection, {
      command,
      pty: {
        term: context.ui.terminal.env("TERM") ?? "xterm",
        ...(terminalSize() ?? { columns: 80, rows: 24 }),
      },
      onResize,
      ...standardStreams(),
      notice: (text) => context.ui.err(text),
      signal: context.signal,
    });
  const end = await (context.ui.terminal.stdinIsTerminal ? withRawTerminal(session) : session());
  if (end.kind === "exited") return end.code;
  context.ui.err(`\n${detached}`);
  return 0;
}

async function runOnPipes(
  context: Context,
  connection: SshConnection,
  command: string | undefined,
): Promise<number> {
  const { exec } = await import("../../core/ssh/exec.ts");
  const request = { ...standardStreams(), signal: context.signal };
  // Without a terminal a login shell reads its commands from standard input, as with ssh.
  return await exec(connection, { ...request, command: command ?? 'exec "${SHELL:-/bin/sh}" -l' });
}

async function commandLine({ command, environment }: SessionChoice): Promise<string | undefined> {
  if (Object.keys(environment).length === 0) return command;
  const { withEnvironment } = await import("../../core/ssh/quote.ts");
  return withEnvironment(command ?? 'exec "${SHELL:-/bin/sh}" -l', environment);
}
