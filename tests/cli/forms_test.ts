/** Results in every form: JSON and YAML say the same, a no is a result, and --quiet prints names. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { RESULTS } from "../../cmd/schema/results.ts";
import { pluginTemplate } from "../../plugins/scaffold/templates.ts";
import { Cli, IMAGE } from "../support/cli.ts";

Deno.test("--format yaml says what --json says", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const line of ["instances", "show web", "image list", "config list", "distro list"]) {
    const { stdout } = await cli.ok(`${line} --format yaml`);
    deepEqual(parse(stdout), JSON.parse((await cli.ok(`${line} --json`)).stdout), line);
    equal((await cli.ok(`${line} --format json`)).stdout, (await cli.ok(`${line} --json`)).stdout);
  }
});

Deno.test("who says no gets a result all the same", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const plugin = join(cli.home, "mylinux.toml");
  await Deno.writeTextFile(plugin, pluginTemplate("mylinux", "toml"));
  await cli.ok(`distro add ${plugin} --yes`);
  const terminal = ["stdin", "stdout", "stderr"] as const;
  const decline = async (line: string): Promise<unknown> => {
    const { status, stdout } = await cli.run(`${line} --json`.split(" "), {
      terminal,
      typed: ["n"],
    });
    equal(status, 0, line);
    return JSON.parse(stdout);
  };
  deepEqual(await decline("delete web"), []);
  deepEqual(await decline(`image remove ${IMAGE}`), []);
  deepEqual(await decline("distro remove mylinux"), { name: "mylinux", removed: false });
  const found = await decline("prune --images") as readonly { removed: boolean }[];
  deepEqual(found.filter(({ removed }) => removed), []);
});

Deno.test("--quiet prints the names of a list alone", async () => {
  await using cli = await Cli.withImage();
  for (const name of ["web", "db"]) await cli.ok(`create ${name} -i ${IMAGE}`);
  equal((await cli.ok("instances -q")).stdout, "db\nweb\n");
  match((await cli.ok("image list -q")).stdout, /^debian:bookworm:\w+\n$/);
  match((await cli.ok("distro list -q")).stdout, /^debian$/m);
  match((await cli.ok("config list -q")).stdout, /^ca-file$/m);
});

Deno.test("cubic schema prints the schema of a command, and of all", async () => {
  await using cli = await Cli.create();
  const { title, $schema } = JSON.parse((await cli.ok("schema image ls")).stdout);
  equal(title, "cubic image list --json");
  match($schema, /2020-12/);
  const { version, commands } = JSON.parse((await cli.ok("schema")).stdout);
  deepEqual([version, Object.keys(commands)], [1, Object.keys(RESULTS)]);
  const { status, stderr } = await cli.run(["schema", "ssh"]);
  equal(status, 2);
  match(stderr, /takes no --json\nhint: /);
});
