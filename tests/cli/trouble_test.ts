/** What people run into: instances that are missing, there already, damaged or in use. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { Cli, IMAGE } from "../support/cli.ts";

Deno.test("cubic names what was probably meant when an instance is missing", async (t) => {
  await using cli = await Cli.withImage();
  const told: string[] = [];
  for (const line of ["show webb", "start wbe"]) {
    const { status, stdout, stderr } = await cli.run(line.split(" "));
    deepEqual([status, stdout], [3, ""]);
    told.push(`$ cubic ${line} # no instances\n${stderr}`);
  }
  await cli.ok(`create web -i ${IMAGE}`);
  for (
    const line of [
      "show webb",
      "start wbe",
      "stop nothing-like-it",
      "restart WEBB",
      "delete we --yes",
      "ssh ann@webb",
      "exec webb -- true",
      "scp webb:file .",
      "logs webb",
    ]
  ) {
    const { status, stdout, stderr } = await cli.run(line.split(" "));
    deepEqual([status, stdout], [3, ""], stderr);
    told.push(`$ cubic ${line}\n${stderr}`);
  }
  await t.assertSnapshot(told.join("\n"));
});

Deno.test("cubic create fails with 4 when there is such an instance, and leaves it alone", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} -m 1G`);
  for (const line of [`create web -i ${IMAGE} -m 2G`, `run web -i ${IMAGE}`]) {
    const { status, stdout, stderr } = await cli.run(line.split(" "));
    deepEqual([status, stdout], [4, ""]);
    equal(
      stderr,
      'error: Cannot create "web": there is one already\n' +
        "hint: `cubic ssh web` opens a shell in it, `cubic delete web` removes it; --if-missing takes it as it is.\n",
    );
  }
  equal(JSON.parse((await cli.ok("show web --json")).stdout).memory, 1024 ** 3);
});

Deno.test("cubic create fails with 3 for an image that there is not", async () => {
  await using cli = await Cli.withImage();
  const distro = await cli.run(["create", "web", "-i", "debain"]);
  equal(distro.status, 3);
  match(distro.stderr, /hint: Did you mean debian\?/);
  const release = await cli.run(["create", "web", "-i", "debian:bokworm"]);
  equal(release.status, 3);
  match(release.stderr, /hint: Did you mean bookworm\?/);
});

Deno.test("cubic create without a network says what to do and leaves nothing behind", async () => {
  await using cli = await Cli.create();
  const { status, stdout, stderr } = await cli.run(["create", "web", "-i", "debian"]);
  deepEqual([status, stdout], [1, ""]);
  match(stderr, /error: Cannot reach cloud\.debian\.org: there is no network/);
  match(stderr, /`cubic image build debian`/);
  deepEqual(await entries(cli.paths.instances), []);
});

Deno.test("cubic create refuses a disk smaller than its image before it makes anything", async () => {
  await using cli = await Cli.withImage();
  const { status, stderr } = await cli.run(["create", "web", "-i", IMAGE, "-d", "1M"]);
  equal(status, 2);
  match(stderr, /the image needs 64 M\nhint: Use --disk 1G or more\./);
  deepEqual(await entries(cli.paths.instances), []);
});

Deno.test("cubic takes no path for the name of an instance", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const name of ["../images", ".", "..", "", "web/", "web/.", "./web", ".create-web"]) {
    for (const args of [["delete", name, "--yes"], ["show", name], ["exec", name, "true"]]) {
      const { status, stderr } = await cli.run(args);
      equal(status, 2, `${args.join(" ")}: ${stderr}`);
    }
  }
  await cli.ok("show web");
  equal((await entries(cli.paths.images)).length, 2);
});

for (
  const [damage, text] of [
    ["that is no TOML", 'cpus = "\n'],
    ["with a wrong value", "schema = 1\ncpus = 0\n"],
    ["that is empty", ""],
    ["that is missing", undefined],
  ] as const
) {
  Deno.test(`cubic leaves an instance.toml ${damage} alone, lists it and can delete it`, async () => {
    await using cli = await Cli.withImage();
    await cli.ok(`create web -i ${IMAGE}`);
    await cli.ok(`create whole -i ${IMAGE}`);
    const file = join(cli.paths.instances, "web", "instance.toml");
    if (text === undefined) await Deno.remove(file);
    else await Deno.writeTextFile(file, text);

    const list = await cli.ok("instances");
    match(list.stdout, /^web +broken$/m);
    match(list.stdout, /^whole +stopped /m);
    match(list.stderr, /^warning: Cannot read the instance "web": .*instance\.toml is damaged/);
    const [listed] = JSON.parse((await cli.ok("ls --json")).stdout);
    deepEqual([listed.name, listed.state], ["web", "broken"]);
    for (const line of ["show web", "start web", "stop web", "logs web", "exec web -- true"]) {
      const { status, stderr } = await cli.run(line.split(" "));
      equal(status, 4, `${line}: ${stderr}`);
      match(stderr, /hint: Mend the file by hand, or remove .* `cubic delete web`\./);
    }
    if (text === undefined) await rejects(Deno.stat(file), Deno.errors.NotFound);
    else equal(await Deno.readTextFile(file), text);
    await cli.ok("delete web --yes");
    deepEqual(await entries(cli.paths.instances), ["whole"]);
  });
}

Deno.test("cubic does not guess at the instance of a newer cubic", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const file = join(cli.paths.instances, "web", "instance.toml");
  await Deno.writeTextFile(file, "schema = 99\n");
  const { status, stderr } = await cli.run(["start", "web"]);
  equal(status, 4);
  match(stderr, /a newer cubic has written .*instance\.toml\nhint: .*`cubic --version`/);
  match((await cli.ok("instances")).stdout, /^web +broken$/m);
  equal(await Deno.readTextFile(file), "schema = 99\n");
});

Deno.test("cubic names the process that holds an instance's lock", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  await using holder = await holdLock(cli, "instance-web");
  const lines = ["stop web", "start web", "delete web -y", `create web2 -i ${IMAGE}`];
  const [stop, start, remove, other] = await Promise.all(
    lines.map((line) => cli.run(line.split(" "))),
  );
  for (const ran of [stop, start, remove]) {
    equal(ran?.status, 4, ran?.stderr);
    match(
      ran?.stderr ?? "",
      new RegExp(`error: Cannot .* "web": process ${holder.pid} holds its lock \\(a test\\)`),
    );
    match(ran?.stderr ?? "", new RegExp(`hint: .*\`ps -p ${holder.pid}\``));
  }
  equal(other?.status, 0, other?.stderr);
  // Looking needs no lock.
  await cli.ok("show web");
});

Deno.test("cubic doctor --fix removes what killed commands left and says so", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const leftover = join(cli.paths.instances, ".create-half");
  await Deno.mkdir(leftover);
  const half = `${cli.paths.configFile}.0a1b2c3d.tmp`;
  await Deno.writeTextFile(half, "");
  await Deno.utime(half, 0, 0);
  match((await cli.run(["doctor"])).stdout, /Leftovers: of commands that were killed:\n.*-half/);
  const { findings, fixed } = JSON.parse((await cli.ok("doctor --fix --json")).stdout);
  deepEqual(fixed, [`Removed ${leftover}`, `Removed ${half}`]);
  await rejects(Deno.stat(half), Deno.errors.NotFound);
  equal(findings.find(({ check }: { check: string }) => check === "Leftovers").text, "none");
  await rejects(Deno.stat(leftover), Deno.errors.NotFound);
});

async function entries(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Another process that has the lock until it is disposed of. */
async function holdLock(cli: Cli, name: string): Promise<{ pid: number } & AsyncDisposable> {
  const lock = new URL("../../core/lock.ts", import.meta.url).href;
  const code = `const { acquireLock } = await import(${JSON.stringify(lock)});
    await acquireLock({ locks: ${
    JSON.stringify(cli.paths.locks)
  } }, "${name}", { purpose: "a test" });
    console.log("held");
    await Deno.stdin.read(new Uint8Array(1));`;
  const holder = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  return {
    pid: holder.pid,
    [Symbol.asyncDispose]: async () => {
      await holder.stdin.close();
      await holder.status;
      await reader.cancel();
    },
  };
}
