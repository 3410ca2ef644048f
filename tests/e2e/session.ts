/**
 * Types a file of command lines into a terminal, as a user would, and prints what the terminal showed: to be read by
 * people, it asserts nothing. `@ctrl-c 5` presses Ctrl-C after the line before has run for 5 seconds, `@type text`
 * answers a question of it.
 *
 *     IMAGE=disk.qcow2 deno run -A tests/e2e/session.ts 80      in a terminal of that many columns
 *     IMAGE=disk.qcow2 deno run -A tests/e2e/session.ts pipe    with pipes on all streams and no terminal at all
 *
 * It wants `cubic` on PATH and a CUBIC_HOME of its own, since it deletes all instances at its end. Another file of
 * lines may be named behind.
 */
import { openTerminal, type TerminalSession } from "../support/tmux.ts";

const LINES = new URL("session.txt", import.meta.url).pathname;
const PROMPT = "cubic$ ";
const LINE_LIMIT_MS = 15 * 60_000;

if (import.meta.main) await main(Deno.args);

async function main([columns = "80", file = LINES]: readonly string[]): Promise<void> {
  const lines = (await Deno.readTextFile(file)).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const pages = columns === "pipe" ? pipeAll(lines) : typeAll(lines, Number(columns));
  for await (const page of pages) {
    await Deno.stdout.write(new TextEncoder().encode(page.trimEnd() + "\n"));
  }
}

async function* typeAll(lines: readonly string[], columns: number): AsyncGenerator<string> {
  await using terminal = await openTerminal(Deno.cwd(), cubicEnvironment());
  await terminal.resize(columns, 50);
  await terminal.type(`PS1='${PROMPT}'`, "Enter");
  for (const [index, line] of lines.entries()) {
    if (line.startsWith("@")) continue;
    // A page for each command: the terminal remembers only so many lines.
    await terminal.type("clear; tmux clear-history", "Enter");
    await terminal.waitFor(/^cubic\$\s*$/);
    await terminal.type(line, "Enter");
    await play(terminal, lines.slice(index + 1, nextLine(lines, index)));
    yield (await idle(terminal)).replace(/\ncubic\$\s*$/, "");
  }
}

function nextLine(lines: readonly string[], index: number): number {
  const next = lines.findIndex((line, at) => at > index && !line.startsWith("@"));
  return next < 0 ? lines.length : next;
}

async function play(terminal: TerminalSession, actions: readonly string[]): Promise<void> {
  for (const action of actions) {
    const [verb, ...words] = action.split(" ");
    if (verb === "@ctrl-c") {
      await new Promise((resolve) => setTimeout(resolve, Number(words[0]) * 1000));
      await terminal.type("", "C-c");
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

async function* pipeAll(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines.filter((line) => !line.startsWith("@"))) {
    const { stdout, stderr, code } = await new Deno.Command("setsid", {
      args: ["--wait", "timeout", "600", "sh", "-c", line],
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
