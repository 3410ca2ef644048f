/** Hosts that lack something: status 5, and the very command that installs it. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { installCommand, type Requirement } from "../../core/programs.ts";
import { Cli, IMAGE } from "../support/cli.ts";

/** A directory without QEMU, where alone it is looked for. */
const NO_QEMU = { env: { CUBIC_QEMU_DIR: "/nonexistent" } };

function firmwareVariable(cli: Cli): string {
  return `CUBIC_QEMU_FW_${cli.host().arch.toUpperCase()}`;
}

async function remedy(cli: Cli, requirement: Requirement): Promise<string> {
  const command = await installCommand(cli.host(), requirement);
  match(command, /qemu/);
  return command;
}

Deno.test("cubic start without QEMU exits with 5 and names the command that installs it", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const { status, stdout, stderr } = await cli.run(["start", "web"], NO_QEMU);
  deepEqual([status, stdout], [5, ""]);
  match(stderr, /^error: Cannot find qemu-system-\w+: it is not in CUBIC_QEMU_DIR/m);
  ok(stderr.includes(`hint: Install it with:\n  ${await remedy(cli, "qemu")}\n`), stderr);
  equal(JSON.parse((await cli.ok("show web --json")).stdout).state, "stopped");
});

Deno.test("cubic create without qemu-img exits with 5 and leaves nothing behind", async () => {
  await using cli = await Cli.withImage();
  const { status, stderr } = await cli.run(["create", "web", "-i", IMAGE], NO_QEMU);
  equal(status, 5);
  ok(stderr.includes(await remedy(cli, "qemu-img")), stderr);
  deepEqual(await Array.fromAsync(Deno.readDir(cli.paths.instances)), []);
});

Deno.test("cubic start without firmware exits with 5 and says which setting is wrong", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const variable = firmwareVariable(cli);
  const { status, stderr } = await cli.run(["start", "web"], {
    env: { [variable]: "/nonexistent/code.fd" },
  });
  equal(status, 5);
  match(stderr, /error: Cannot use the firmware "\/nonexistent\/code\.fd": no such file/);
  match(stderr, new RegExp(`hint: Correct ${variable}, or unset it`));
});

Deno.test("cubic doctor without QEMU exits with 5 and lists every remedy", async () => {
  await using cli = await Cli.create();
  const { status, stdout, stderr } = await cli.run(["doctor"], NO_QEMU);
  deepEqual([status, stderr], [5, ""]);
  match(stdout, /^\[fail\] {2}QEMU: Cannot find qemu-system/m);
  match(stdout, /^\[fail\] {2}qemu-img: /m);
  match(stdout, /^\[fail\] {2}UEFI firmware: /m);
  match(stdout, /^\[ {2}ok\] {2}Instances: none/m);
  ok(stdout.includes(await remedy(cli, "qemu")));
  ok(stdout.includes(`-> ${await remedy(cli, "qemu-img")}`));
});

Deno.test("cubic doctor --json is one value, also on a host that lacks everything", async () => {
  await using cli = await Cli.create();
  const { status, stdout, stderr } = await cli.run(["doctor", "--json"], NO_QEMU);
  deepEqual([status, stderr], [5, ""]);
  const { findings, fixed } = JSON.parse(stdout);
  deepEqual(fixed, []);
  for (const { check, level, text } of findings) {
    deepEqual([typeof check, typeof text], ["string", "string"]);
    match(level, /^(ok|note|warning|problem)$/);
  }
});

Deno.test("cubic doctor --quiet shows what is not well, and nothing when all is", async () => {
  await using cli = await Cli.create();
  const { status, stdout } = await cli.run(["doctor", "--offline", "--quiet"], NO_QEMU);
  equal(status, 5);
  match(stdout, /^\[fail\] {2}QEMU: /m);
  doesNotMatch(stdout, /\[ {2}ok\]|problem/);
});

Deno.test("cubic doctor puts what is worst last, and fits the terminal", async () => {
  await using cli = await Cli.create();
  const { stdout } = await cli.run(["doctor"], { ...NO_QEMU, terminal: ["stdout"], columns: 60 });
  const lines = stripVTControlCharacters(stdout).trimEnd().split("\n");
  match(lines.at(-1) ?? "", /^\d+ problems, /);
  const marks = lines.flatMap((line) => /^\[ *(\w+)\]/.exec(line)?.[1] ?? []);
  const order = ["ok", "note", "warn", "fail"];
  deepEqual(marks, [...marks].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
  // Only a path or a command that is longer itself may not fit.
  const long = lines.filter((line) => line.length > 60 && !/^ {8}(`[^`]*`\S*|\S+)$/.test(line));
  deepEqual(long, []);
});

Deno.test("cubic doctor asks a mirror that does not answer, unless it is told to stay offline", async () => {
  await using cli = await Cli.create();
  match((await cli.run(["doctor"])).stdout, /^\[warn\] {2}Mirrors: .*no network in this test/m);
  match((await cli.run(["doctor", "--offline"])).stdout, /^\[ {2}ok\] {2}Mirrors: not asked/m);
});

Deno.test("cubic doctor shows no control characters of a file that it reads", async () => {
  await using cli = await Cli.create();
  await Deno.mkdir(cli.home);
  await Deno.writeTextFile(cli.paths.configFile, '"\\u001b[2J" = 1\n');
  const { status, stdout } = await cli.run(["doctor", "--offline"], { terminal: ["stdout"] });
  equal(status, 4);
  match(stdout, /Settings: Cannot read the settings/);
  ok(stdout.includes("[2J") && !stdout.includes("\x1b[2J"), stdout);
});

Deno.test("cubic doctor paints its verdicts on a terminal alone", async () => {
  await using cli = await Cli.create();
  const painted = await cli.run(["doctor"], { ...NO_QEMU, terminal: ["stdout"] });
  ok(painted.stdout.includes("[\x1b[31mfail\x1b[39m]"), painted.stdout);
});

Deno.test("cubic names the settings file that it can't read, and lists instances without it", async () => {
  await using cli = await Cli.create();
  await Deno.mkdir(cli.home);
  await Deno.writeTextFile(cli.paths.configFile, 'mirrors = "x"\n');
  equal((await cli.ok("instances --json")).stdout, "[]\n");
  const { status, stderr } = await cli.run(["start", "web"]);
  equal(status, 4);
  match(stderr, /error: Cannot read the settings in .*config\.toml\n {2}.*mirrors/);
});
