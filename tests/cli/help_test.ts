/** Help and version: what they say, and that they cost nothing. */
import { deepEqual, doesNotMatch, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { importGraph, isFile, waysFrom } from "../architecture/graph.ts";
import manifest from "../../deno.json" with { type: "json" };
import { allCommands, pathOf } from "../../cmd/command_tree.ts";
import { Cli } from "../support/cli.ts";
import { commandTree } from "../support/command_tree.ts";

const COMMANDS = allCommands((await commandTree()).root).map(pathOf);

for (const command of ["", ...COMMANDS]) {
  Deno.test(`cubic ${`${command} `.trimStart()}--help`, async (t) => {
    await using cli = await Cli.create();
    const { status, stdout, stderr, loads } = await cli.run([...words(command), "--help"]);
    await t.assertSnapshot(stdout);
    deepEqual({ status, stderr, loads }, { status: 0, stderr: "", loads: 0 });
    const wide = stdout.split("\n").filter((line) => line.length > 80);
    deepEqual(wide, []);
    // Neither a directory nor anything in one.
    await rejects(Deno.stat(cli.home), Deno.errors.NotFound);
  });
}

Deno.test("cubic --help names every command", async () => {
  await using cli = await Cli.create();
  const { stdout } = await cli.run(["--help"]);
  for (const command of COMMANDS.filter((name) => !name.includes(" "))) {
    match(stdout, new RegExp(`^  ${command}[ ,]`, "m"));
  }
});

Deno.test("cubic without a command prints its help and exits with 0, and so do groups", async () => {
  await using cli = await Cli.create();
  for (const args of [[], ["image"], ["distro"], ["config"], ["-v"]]) {
    const bare = await cli.run(args);
    const asked = await cli.run([...args, "--help"]);
    deepEqual([bare.status, bare.stdout, bare.stderr], [0, asked.stdout, ""]);
  }
});

Deno.test("cubic help prints what --help prints", async () => {
  await using cli = await Cli.create();
  for (const command of ["", "create", "ls", "image build"]) {
    const { status, stdout } = await cli.run(["help", ...words(command)]);
    equal(status, 0);
    equal(stdout, (await cli.run([...words(command), "--help"])).stdout);
  }
});

Deno.test("cubic --help fits narrow terminals and does not wrap to nothing at 0 columns", async () => {
  await using cli = await Cli.create();
  const at = async (columns: number): Promise<string> =>
    (await cli.run(["create", "--help"], { terminal: ["stdout"], columns })).stdout;
  equal(await at(0), await at(80));
  for (const columns of [1, 20, 40]) match(await at(columns), /--image/);
  const lines = (await at(70)).split("\n");
  ok(lines.every((line) => line.length <= 70), lines.join("\n"));
});

Deno.test("cubic --version prints the version alone and builds no core", async () => {
  await using cli = await Cli.create();
  for (const flag of ["--version", "-V"]) {
    const { status, stdout, stderr, loads } = await cli.run([flag]);
    deepEqual({ status, stdout, stderr, loads }, {
      status: 0,
      stdout: `cubic ${manifest.version}\n`,
      stderr: "",
      loads: 0,
    });
  }
  await rejects(Deno.stat(cli.home), Deno.errors.NotFound);
});

Deno.test("cubic loads nothing of core before a command runs but a few leaves", async () => {
  const graph = await importGraph(join(import.meta.dirname ?? ".", "../.."), "main.ts");
  const commands = graph.filter(({ from, kind }) =>
    from === "cmd/commands.ts" && kind === "dynamic"
  ).map(({ to }) => to);
  equal(commands.length, COMMANDS.filter((path) => !path.includes(" ")).length + 1);
  const loaded = new Set(["main.ts", "cmd/root.ts", ...commands].flatMap((start) => [
    ...waysFrom(start, graph, ({ kind }) => kind === "static").keys(),
  ]));
  const core = [...loaded].filter((node) =>
    isFile(node) && !/^(main\.ts$|cmd\/|deno\.json$)/.test(node)
  );
  deepEqual(core.sort(), [
    "core/errors.ts",
    "core/instances/forward.ts",
    "core/names.ts",
    "core/size.ts",
  ]);
});

Deno.test("cubic's help has no escape codes, whatever the terminal", async () => {
  await using cli = await Cli.create();
  const { stdout } = await cli.run(["--help"], { terminal: ["stdin", "stdout", "stderr"] });
  // deno-lint-ignore no-control-regex -- they are what must not be there
  doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f]/);
});

function words(command: string): string[] {
  return command === "" ? [] : command.split(" ");
}
