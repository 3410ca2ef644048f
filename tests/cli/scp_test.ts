/** `cubic scp` where it needs no guest: between two directories of the host, and what it says. */
import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { Cli } from "../support/cli.ts";
import { makeTempDir } from "../support/temp_dir.ts";

async function withTree(run: (cli: Cli, dir: string) => Promise<void>): Promise<void> {
  await using cli = await Cli.create();
  await using temp = await makeTempDir();
  await Deno.mkdir(join(temp.path, "src/sub"), { recursive: true });
  await Deno.writeTextFile(join(temp.path, "src/a.txt"), "12345");
  await Deno.writeTextFile(join(temp.path, "src/sub/b.o"), "123");
  await run(cli, temp.path);
}

Deno.test("cubic scp -r copies a directory of the host, and says so in a line or as JSON", () =>
  withTree(async (cli, dir) => {
    const said = await cli.ok(`scp -r ${dir}/src ${dir}/one`);
    match(said.stderr, /^Copied 2 files, 8 B in .* to .*\/one$/m);
    equal(said.stdout, "");
    const { stdout } = await cli.ok(`cp -r --exclude *.o --json ${dir}/src ${dir}/two`);
    const { milliseconds, ...facts } = JSON.parse(stdout);
    equal(milliseconds >= 0, true);
    deepEqual(facts, {
      files: 1,
      bytes: 5,
      route: "copy",
      target: join(dir, "two"),
      warnings: [],
    });
    equal(await Deno.readTextFile(join(dir, "one/sub/b.o")), "123");
    equal((await cli.ok(`scp -q -r ${dir}/src ${dir}/three`)).stderr, "");
  }));

Deno.test("cubic scp --dry-run lists files on stdout and copies none", () =>
  withTree(async (cli, dir) => {
    const { stdout, stderr } = await cli.ok(`scp -r --dry-run ${dir}/src ${dir}/one`);
    equal(stdout, `5 B\t${dir}/one/a.txt\n3 B\t${dir}/one/sub/b.o\n`);
    match(stderr, /Would copy 2 files, 8 B/);
    equal(await Deno.stat(join(dir, "one")).catch(() => "no"), "no");
  }));

Deno.test("cubic scp ends with 1 when something was left out, and with 3 when nothing is there", () =>
  withTree(async (cli, dir) => {
    await new Deno.Command("mkfifo", { args: [join(dir, "src/pipe")] }).output();
    const partly = await cli.run(["scp", "-r", join(dir, "src"), join(dir, "one")]);
    equal(partly.status, 1);
    match(partly.stderr, /warning: Skipped ".*pipe"[\s\S]*Copied 2 files/);
    equal((await cli.run(["scp", join(dir, "none"), dir])).status, 3);
    const directory = await cli.run(["scp", join(dir, "src"), join(dir, "two")]);
    equal(directory.status, 1);
    match(directory.stderr, /it is a directory\nhint: Add -r/);
  }));

Deno.test("cubic scp takes a:b for an instance, and tells how to name a file like that", () =>
  withTree(async (cli, dir) => {
    const before = Deno.cwd();
    Deno.chdir(dir);
    try {
      await Deno.writeTextFile("no-vm:x", "x");
      const { status, stderr } = await cli.run(["scp", "no-vm:x", "out"]);
      equal(status, 3);
      match(stderr, /hint: There is a file of that name here: write `\.\/no-vm:x` for it\./);
      await cli.ok("scp ./no-vm:x out");
      equal(await Deno.readTextFile("out"), "x");
    } finally {
      Deno.chdir(before);
    }
  }));

Deno.test("cubic scp with - refuses what it would have to ignore", () =>
  withTree(async (cli) => {
    for (const option of ["--dry-run", "--verify", "--resume"]) {
      for (const paths of [["-", "web:x"], ["web:x", "-"]]) {
        const { status, stderr } = await cli.run(["scp", option, ...paths]);
        equal(status, 2);
        match(stderr, new RegExp(`- and ${option} don't go together`));
      }
    }
  }));
