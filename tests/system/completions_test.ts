/** The completion scripts in the real bash, zsh, fish and Elvish: what is offered at TAB, and that nothing else appears. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { identifyProcess } from "../../core/process.ts";
import { realHost } from "../../core/host.ts";
import { instanceFiles } from "../../core/paths.ts";
import { Cli } from "../support/cli.ts";
import { putInstance } from "../support/instance.ts";
import { type ShellHome, shellHome } from "../support/shell_home.ts";
import { openTerminal, type TerminalSession } from "../support/tmux.ts";

/** A home with two instances that are stopped and one whose process lives, in a directory with odd file names. */
async function makeHome(): Promise<ShellHome> {
  const cli = await Cli.withImage();
  for (const name of ["web", "web-two", "db"]) await putInstance(cli.paths, { name });
  // A broken one is there too, and what is no instance.
  await Deno.mkdir(join(cli.paths.instances, "wreck"));
  await Deno.mkdir(join(cli.paths.instances, "we$(touch pwned)"));
  await putInstance(cli.paths, { name: "runs" });
  const process = await identifyProcess(realHost(), Deno.pid);
  const { dir, run } = instanceFiles(cli.paths, "runs");
  await Deno.writeTextFile(
    run,
    JSON.stringify({ uuid: "u", dir, process, qmpSocket: "/none", consoleSocket: "/none" }),
  );
  return await shellHome(cli);
}

interface Case {
  readonly line: string;
  readonly offers: readonly string[];
}

/** What is offered; the shells sort as they like. */
const CASES: readonly Case[] = [
  { line: "cubic start we", offers: ["web", "web-two"] },
  { line: "cubic stop ", offers: ["runs"] },
  { line: "cubic start web d", offers: ["db"] },
  { line: "cubic delete w", offers: ["web", "web-two", "wreck"] },
  { line: "cubic ima", offers: ["image", "images"] },
  { line: "cubic image re", offers: ["refresh", "remove"] },
  { line: "cubic start --ac", offers: ["--accel"] },
  { line: "cubic start --accel o", offers: ["off", "on"] },
  { line: "cubic help ex", offers: ["exec", "exit-status"] },
  { line: "cubic create x --image ubun", offers: ["ubuntu", "ubuntu-minimal"] },
  { line: "cubic -v config get ca", offers: ["ca-file"] },
  { line: "cubic start $(touch pwned) `touch pwned` we", offers: ["web", "web-two"] },
  { line: "cubic exec web we", offers: [] },
];

/** For each shell a script that prints what is offered for the line in $LINE, one a line. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  bash: [
    "bash",
    "--norc",
    "--noprofile",
    "-c",
    `source <(cubic completions bash)
     COMP_LINE=$LINE COMP_POINT=\${#LINE}
     IFS=' ' read -ra COMP_WORDS <<<"$LINE"
     [[ $LINE == *' ' ]] && COMP_WORDS+=('')
     COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
     _cubic && printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  fish: ["fish", "--no-config", "-c", "cubic completions fish | source; complete -C $LINE"],
};

for (const [shell, driver] of Object.entries(DRIVERS)) {
  Deno.test(`${shell} is offered live names and nothing is run or said`, async () => {
    await using home = await makeHome();
    for (const { line, offers } of CASES) {
      const { stdout, stderr } = await home.run(driver, { LINE: line });
      const offered = stdout.split("\n").filter(Boolean).map((each) => each.split("\t")[0]);
      deepEqual(offered.sort(), [...offers], `${line}: ${stderr}`);
      equal(stderr, "", line);
    }
    equal(await home.hasFile("pwned"), false);
  });
}

/** How each shell is started for a person, and made to know the script. */
const INTERACTIVE: Readonly<Record<string, string>> = {
  bash: "bash --norc --noprofile\nPS1='> '; source <(cubic completions bash)",
  zsh: "zsh -f\nPS1='> '; autoload -Uz compinit; compinit -u; source <(cubic completions zsh)",
  fish: "fish --no-config\nfunction fish_prompt; echo '> '; end; cubic completions fish | source",
};

/** What is typed before TAB, and the line that TAB makes of it. */
const TYPED: readonly (readonly [keys: string, line: string])[] = [
  ["cubic stop ", "cubic stop runs "],
  ["cubic start d", "cubic start db "],
  ["cubic scp ru", "cubic scp runs:"],
  ["cubic image pull debian:bookw", "cubic image pull debian:bookworm "],
  ["cubic create x --image=fedo", "cubic create x --image=fedora "],
  ["cubic image import odd", "cubic image import odd\\ file.qcow2 "],
];

for (const [shell, start] of Object.entries(INTERACTIVE)) {
  Deno.test(`${shell} completes what a person types, also behind colons and blanks`, async () => {
    await using home = await makeHome();
    await using terminal = await openTerminal(home.directory, home.env);
    await begin(terminal, start);
    for (const [keys, line] of TYPED) {
      await terminal.type(keys, "Tab");
      // The X shows whether a blank was put behind it.
      await terminal.type("X");
      const screen = await terminal.waitFor(new RegExp(`> ?${escape(line)}X`));
      match(screen, new RegExp(`^> ?${escape(line)}X`, "m"));
      // Not Ctrl-C, which throws away what is typed before the shell has seen it.
      await terminal.type("", "C-u");
    }
    equal(await home.hasFile("pwned"), false);
  });
}

Deno.test("elvish completes what a person types", async () => {
  await using home = await makeHome();
  await using terminal = await openTerminal(home.directory, home.env);
  await begin(terminal, "elvish -norc\neval (cubic completions elvish | slurp)");
  await terminal.type("cubic start d", "Tab");
  await terminal.waitFor(/[>#] ?cubic start db/);
  await terminal.type("", "C-c");
});

for (const [shell, start] of Object.entries(INTERACTIVE)) {
  Deno.test(`${shell} says nothing when cubic is broken: its state, its home, itself`, async () => {
    await using home = await makeHome();
    await Deno.remove(home.instances, { recursive: true });
    await Deno.writeTextFile(home.instances, "no directory");
    await using terminal = await openTerminal(home.directory, home.env);
    await begin(terminal, start);
    for (const [index, breakage] of breakages(shell).entries()) {
      await terminal.type(`${breakage}; clear; echo rea''dy${index}`, "Enter");
      await terminal.waitFor(new RegExp(`^ready${index}`, "m"));
      await terminal.type("cubic stop ", "Tab", "Tab");
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await terminal.type("X");
      const screen = await terminal.waitFor(/cubic stop .*X/);
      doesNotMatch(screen, /error|not found|No such|hint|command/i, screen);
      await terminal.type("", "C-c");
    }
  });
}

/** Starts the shell. */
async function begin(terminal: TerminalSession, start: string): Promise<void> {
  for (const line of start.split("\n")) await terminal.type(line, "Enter");
  await terminal.type("clear; echo rea''dy", "Enter");
  await terminal.waitFor(/^ready/m);
}

/** Its state first, then where that is, then the program itself. */
function breakages(shell: string): string[] {
  return shell === "fish"
    ? ["true", "set -e HOME CUBIC_HOME", "set -x PATH /usr/bin /bin"]
    : ["true", "unset HOME CUBIC_HOME", "export PATH=/usr/bin:/bin"];
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
