/** `cubic config`: settings told and changed, and what scripts can rely on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { Cli } from "../support/cli.ts";

/** Variables of this machine that count as settings. */
const CLEAN = { env: { SSL_CERT_FILE: "", CUBIC_CA_FILE: "", CUBIC_REQUIRE_SIGNATURE: "" } };

Deno.test("cubic config tells, sets and unsets", async (t) => {
  await using cli = await Cli.create();
  const told: string[] = [];
  for (
    const line of [
      "config list",
      "config set mirror.debian https://mirror.example/debian/",
      "config set require-signature true",
      "config get mirror.debian",
      "config get require-signature",
      "config list",
      "config list --json",
      "config get mirror.debian --json",
      "config unset mirror.debian",
      "config unset mirror.debian",
      "config get require-signature",
      "config ls",
    ]
  ) {
    const { stdout, stderr } = await cli.ok(line, CLEAN);
    told.push(
      `$ cubic ${line}\n${cli.mask(stdout)}${
        cli.mask(stderr).replace(/^/gm, "! ").replace(/! $/, "")
      }`,
    );
  }
  await t.assertSnapshot(told.join("\n"));
});

Deno.test("cubic config explains what it can't do, with a status for scripts", async (t) => {
  await using cli = await Cli.create();
  const told: string[] = [];
  for (
    const [status, line] of [
      [3, "config get mirror.debian"],
      [3, "config get ca-file"],
      [2, "config get ca-fiel"],
      [2, "config set miror.debian https://x.example"],
      [3, "config set mirror.debain https://x.example"],
      [2, "config set mirror.debian ftp://x.example"],
      [2, "config set mirror.debian https://ann:secret@x.example"],
      [2, "config set require-signature yes"],
      [3, "config set ca-file /nonexistent/ca.pem"],
      [2, "config set ca-file"],
      [2, "config unset frobnicate"],
      [2, "config frob"],
    ] as const
  ) {
    const ran = await cli.run(line.split(" "), CLEAN);
    deepEqual([ran.status, ran.stdout], [status, ""], `${line}: ${ran.stderr}`);
    // The names of all distributions are other tests' business.
    told.push(`$ cubic ${line}\n${cli.mask(ran.stderr).replace(/There are: \w+, .*/, "…")}`);
  }
  await t.assertSnapshot(told.join("\n"));
});

Deno.test("cubic config get --json of what is not set is null, with status 3", async () => {
  await using cli = await Cli.create();
  const { status, stdout, stderr } = await cli.run(["config", "get", "ca-file", "--json"], CLEAN);
  deepEqual([status, stderr, JSON.parse(stdout).value], [3, "", null]);
});

Deno.test("cubic config path prints the path, also when the file is broken", async () => {
  await using cli = await Cli.create();
  const { configFile } = cli.paths;
  equal((await cli.ok("config path")).stdout, `${configFile}\n`);
  await Deno.mkdir(cli.home);
  await Deno.writeTextFile(configFile, "[broken\n");
  const path = await cli.ok("config path");
  deepEqual([path.stdout, path.loads], [`${configFile}\n`, 0]);
  const set = await cli.run(["config", "set", "require-signature", "true"]);
  equal(set.status, 4);
  match(set.stderr, /Cannot read the settings in .*config\.toml/);
  equal(await Deno.readTextFile(configFile), "[broken\n");
});

Deno.test("cubic config set says when the environment wins", async () => {
  await using cli = await Cli.create();
  const facts = { env: { ...CLEAN.env, CUBIC_REQUIRE_SIGNATURE: "true" } };
  const { stderr } = await cli.ok("config set require-signature false", facts);
  match(stderr, /warning: CUBIC_REQUIRE_SIGNATURE is set/);
  equal((await cli.ok("config get require-signature", facts)).stdout, "true\n");
  equal((await cli.ok("config get require-signature", CLEAN)).stdout, "false\n");
  match((await cli.ok("config list", facts)).stdout, /require-signature +true +CUBIC_REQUIRE_SIG/);
  const wrong = await cli.run(["config", "list"], { env: { CUBIC_REQUIRE_SIGNATURE: "maybe" } });
  equal(wrong.status, 2);
  match(
    wrong.stderr,
    /Cannot use "maybe" for CUBIC_REQUIRE_SIGNATURE\nhint: It takes true or false/,
  );
});

Deno.test("cubic config leaves comments and order as they are", async () => {
  await using cli = await Cli.create();
  const text = "# Ours\n[mirror] # near\nubuntu = 'http://a.example' # fast\n\n# end\n";
  await Deno.mkdir(cli.home);
  await Deno.writeTextFile(cli.paths.configFile, text);
  await cli.ok("config set mirror.debian http://b.example", CLEAN);
  const after = await Deno.readTextFile(cli.paths.configFile);
  equal(after, text.replace("fast\n", 'fast\ndebian = "http://b.example"\n'));
  await cli.ok("config unset mirror.debian", CLEAN);
  equal(await Deno.readTextFile(cli.paths.configFile), text);
  const left = await Array.fromAsync(Deno.readDir(cli.home), ({ name }) => name);
  ok(!left.some((name) => name.includes("tmp")), left.join());
  equal((await Deno.stat(join(cli.home, "config.toml"))).mode! & 0o777, 0o600);
});
