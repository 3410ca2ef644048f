/** What `cubic complete` answers; the shells' own side is in tests/system/completions_test.ts. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { ARGUMENTS } from "../../cmd/complete/sources.ts";
import { allCommands, pathOf } from "../../cmd/command_tree.ts";
import { Cli } from "../support/cli.ts";
import { commandTree } from "../support/command_tree.ts";
import { putInstance } from "../support/instance.ts";

/** The candidates for a line whose last word is being typed. */
async function complete(
  cli: Cli,
  line: string,
): Promise<{ words: string[]; orders: string; loads: number }> {
  const words = line.split(" ");
  const word = words.pop() ?? "";
  const { status, stdout, stderr, loads } = await cli.run([
    "complete",
    `--word=${word}`,
    "--",
    ...words,
  ]);
  deepEqual([status, stderr], [0, ""], line);
  const lines = stdout.trimEnd().split("\n").map((line) => line.split("\t")[0] ?? "");
  return { words: lines.slice(0, -1), orders: lines.at(-1) ?? "", loads };
}

Deno.test("it is known of every argument of every command what it is filled with", async () => {
  const unknown = allCommands((await commandTree()).root)
    .filter((command) => command.registeredArguments.length > 0)
    .map(pathOf)
    .filter((path) => !(path in ARGUMENTS));
  deepEqual(unknown, []);
});

Deno.test("complete offers commands, options and their values without building the core", async () => {
  await using cli = await Cli.create();
  const cases: Readonly<Record<string, readonly string[]>> = {
    "ver": [],
    "show": ["show"],
    "image pu": ["pull"],
    "image show --ver": ["--verify", "--verbose"],
    "start --accel ": ["auto", "on", "off"],
    "images --format=j": ["--format=json"],
    "config set require-signature ": ["true", "false"],
    "completions z": ["zsh"],
    "schema image li": ["list"],
    "help image-": ["image-names"],
    "create web --memory ": [],
  };
  for (const [line, words] of Object.entries(cases)) {
    const answer = await complete(cli, line);
    deepEqual([answer.words, answer.loads], [words, 0], line);
  }
});

Deno.test("complete offers instances, but no wreck of a name and none twice", async () => {
  await using cli = await Cli.create();
  for (const name of ["web", "db"]) await putInstance(cli.paths, { name });
  for (const name of [".create-x", "a b", "$(id)", "-x"]) {
    await Deno.mkdir(join(cli.paths.instances, name));
  }
  const cases: Readonly<Record<string, readonly string[]>> = {
    "show ": ["db", "web"],
    "start ": ["db", "web"],
    "start web ": ["db"],
    "stop ": [],
    "ssh root@w": ["root@web"],
    "exec web ": [],
  };
  for (const [line, words] of Object.entries(cases)) {
    deepEqual((await complete(cli, line)).words, words, line);
  }
});

Deno.test("complete offers images and distributions from what is known, and asks no vendor", async () => {
  await using cli = await Cli.withImage();
  deepEqual((await complete(cli, "create x --image debi")).words, ["debian"]);
  deepEqual((await complete(cli, "create x --image debian:")).words, ["debian:bookworm"]);
  deepEqual((await complete(cli, "image remove ")).words, ["debian:bookworm"]);
  equal((await complete(cli, "image pull ./x")).orders, ":files");
  deepEqual((await complete(cli, "show debian:")).words, ["debian:bookworm"]);
  deepEqual((await complete(cli, "config get mirror.deb")).words, ["mirror.debian"]);
  const mirrors = await complete(cli, "config get mir");
  deepEqual([mirrors.words, mirrors.orders], [["mirror."], ":open"]);
  match((await complete(cli, "distro show u")).words.join(" "), /^ubuntu/);
});

Deno.test("complete says nothing and succeeds when everything is broken", async () => {
  await using cli = await Cli.create();
  await Deno.mkdir(cli.home, { recursive: true });
  await Deno.writeTextFile(cli.paths.configFile, "no = [");
  await Deno.writeTextFile(cli.paths.instances, "no directory");
  for (const line of ["show ", "create x --image ", "config get mirror.", "image rm "]) {
    const { words, orders } = await complete(cli, line);
    deepEqual([words, orders], [[], ":"], line);
  }
  const nowhere = await cli.run(["complete", "--word="], { env: { CUBIC_HOME: "", HOME: "" } });
  equal(nowhere.status, 0);
});

Deno.test("completions are for the shell that is asked for, or that of SHELL", async () => {
  await using cli = await Cli.create();
  match(
    (await cli.ok("completions", { env: { SHELL: "/bin/bash" } })).stdout,
    /complete -F _cubic/,
  );
  match((await cli.ok("completion zsh")).stdout, /^#compdef cubic/);
  match((await cli.ok("completions fish")).stdout, /complete -c cubic/);
  match((await cli.ok("completions pwsh")).stdout, /Register-ArgumentCompleter/);
  match((await cli.ok("completions elvish")).stdout, /arg-completer\[cubic\]/);
  const cases = [
    [["completions", "zhs"], {}, /the shell "zhs"\nhint: Did you mean zsh\? There are: bash/],
    [["completions"], { SHELL: "/bin/tcsh" }, /the shell "tcsh" of SHELL\nhint: There are: /],
    [["completions"], { SHELL: "" }, /SHELL is not set\nhint: Name it/],
  ] as const;
  for (const [args, env, says] of cases) {
    const { status, stdout, stderr } = await cli.run(args, { env });
    deepEqual([status, stdout], [2, ""]);
    match(stderr, says);
  }
});
