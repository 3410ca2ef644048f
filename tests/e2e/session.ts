/**
 * Types files of command lines into a terminal, as a user would, and prints what the terminal showed: to be read by
 * people, it asserts nothing. `@after 5 C-c` presses keys of tmux when the line before has run for 5 seconds,
 * `@type text` answers a question of it.
 *
 *     IMAGE=disk.qcow2 deno run -A tests/e2e/session.ts 80      in a terminal of that many columns
 *     IMAGE=disk.qcow2 deno run -A tests/e2e/session.ts pipe    with pipes on all streams and no terminal at all
 *
 * It wants `cubic` on PATH, and a HOME and a CUBIC_HOME of its own, since it changes ~/.ssh/config and deletes all
 * instances at its end. One of the files in tests/e2e/session may be named behind; each goes on where the one before
 * it ended.
 */
import { openTerminal, type TerminalSession } from "../support/tmux.ts";
import { sessionLines } from "./session_lines.ts";

const PROMPT = "cubic$ ";
const LINE_LIMIT_MS = 15 * 60_000;

if (import.meta.main) await main(Deno.args);

async function main([columns = "80", file]: readonly string[]): Promise<void> {
  const lines = await sessionLines(file);
  // Behind a name that is short and always the same, so that two transcripts can be compared.
  const directory = "/tmp/cubic-session";
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  await Deno.mkdir(directory);
  const pages = columns === "pipe"
    ? pipeAll(directory, lines)
    : typeAll(directory, lines, Number(columns));
  for await (const page of pages) {
    await Deno.stdout.write(new TextEncoder().encode(page.trimEnd() + "\n"));
  }
}

async function* typeAll(
  directory: string,
  lines: readonly string[],
  columns: number,
): AsyncGenerator<string> {
  await using terminal = await openTerminal(directory, cubicEnvironment());
  await terminal.resize(columns, 50);
  await terminal.type(`PS1='${PROMPT}'`, "Enter");
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("@")) continue;
    // A page for each command: the terminal remembers only so many lines.
    await terminal.type("clear; tmux clear-history", "Enter");
    await terminal.waitFor(/^cubic\$\s*$/);
    await terminal.type(line, "Enter");
    await play(terminal, actionsAfter(lines, index));
    const page = (await idle(terminal)).replace(/\ncubic\$\s*$/, "");
    await terminal.type('s=$?; clear; echo "status $s"', "Enter");
    const status = await terminal.waitFor(/status \d+\s+cubic\$\s*$/);
    yield page + (/status 0\s/.test(status) ? "" : `\n--${/status \d+/.exec(status)?.[0]}--`);
  }
}

/** What is to be done while the line at that index runs. */
function actionsAfter(lines: readonly string[], index: number): readonly string[] {
  const next = lines.findIndex((line, at) => at > index && !line.startsWith("@"));
  return lines.slice(index + 1, next < 0 ? lines.length : next);
}

async function play(terminal: TerminalSession, actions: readonly string[]): Promise<void> {
  for (const action of actions) {
    const [verb, ...words] = action.split(" ");
    if (verb === "@after") {
      await new Promise((resolve) => setTimeout(resolve, Number(words[0]) * 1000));
      await terminal.type("", ...words.slice(1));
    } else {
      await terminal.waitFor(/(\[y\/N\]|[$#])\s*$/, LINE_LIMIT_MS);
      await terminal.type(words.join(" "), "Enter");
    }
  }
}

/** Waits until the prompt stands below everything, and returns the screen. */
async function idle(terminal: TerminalSession): Promise<string> {
  return await terminal.waitFor(/\ncubic\$\s*$/, LINE_LIMIT_MS);
}

async function* pipeAll(directory: string, lines: readonly string[]): AsyncGenerator<string> {
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("@")) continue;
    const after = /^@after (\d+)/.exec(actionsAfter(lines, index)[0] ?? "")?.[1] ?? "600";
    const { stdout, stderr, code } = await new Deno.Command("setsid", {
      args: ["--wait", "timeout", "--signal=INT", after, "sh", "-c", line],
      cwd: directory,
      stdin: "null",
      env: cubicEnvironment(),
    }).output();
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    yield `${PROMPT}${line}\n${text(stdout)}--stderr--\n${text(stderr)}--status ${code}--`;
  }
}

/** What decides where cubic keeps its state and how it looks. */
function cubicEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "CUBIC_HOME", "IMAGE", "NO_COLOR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
