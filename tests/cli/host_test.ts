/** Hosts that lack something: status 5, and the very command that installs it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
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
  match(stdout, /^\[ {2}ok\] {2}Instances: 0/m);
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
    match(level, /^(ok|warning|problem)$/);
  }
});

Deno.test("cubic doctor paints its verdicts on a terminal alone", async () => {
  await using cli = await Cli.create();
  const painted = await cli.run(["doctor"], { ...NO_QEMU, terminal: ["stdout"] });
  ok(painted.stdout.includes("[\x1b[31mfail\x1b[39m]"), painted.stdout);
});

Deno.test("cubic names the settings file that it can't read", async () => {
  await using cli = await Cli.create();
  await Deno.mkdir(cli.home);
  await Deno.writeTextFile(cli.paths.configFile, 'mirrors = "x"\n');
  const { status, stderr } = await cli.run(["instances"]);
  equal(status, 4);
  match(stderr, /error: Cannot read the settings in .*config\.toml\n {2}.*mirrors/);
});
