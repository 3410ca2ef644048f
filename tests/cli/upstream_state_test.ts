/** What a new instance is on disk, who may read it, and commands that fail and say so (upstream's faults 20, 21). */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { isoFiles } from "../../core/cloudinit/iso9660_read.ts";
import { instanceFiles } from "../../core/paths.ts";
import { diskFacts } from "../../core/qemu/img.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { putInstance } from "../support/instance.ts";

const ON_TERMINAL = { terminal: ["stdin", "stdout", "stderr"] as const };

Deno.test("what cubic create is told is in the seed, the disk and the file of the instance", async () => {
  await using cli = await Cli.withImage();
  const command = "echo it's: {{ done }} > /x";
  const flags = ["-u", "ann", "-d", "3G", "--mem", "512M", "-c", "1", "--isolate", "-e", command];
  equal((await cli.run(["create", "web", "-i", IMAGE, ...flags])).status, 0);
  const files = instanceFiles(cli.paths, "web");
  const seed = isoFiles(await Deno.readFile(files.seed))!;
  const text = (name: string): string => new TextDecoder().decode(seed[name]);
  const meta = JSON.parse(text("meta-data"));
  equal(meta["local-hostname"], "web");
  const user = JSON.parse(text("user-data").replace("#cloud-config\n", ""));
  deepEqual([user.users.length, user.users[0].name], [1, "ann"]);
  deepEqual(user.runcmd, [["sh", "-c", command]]);
  // Nobody else's variables are let into the guest.
  doesNotMatch(text("user-data"), /AcceptEnv/);
  const shown = JSON.parse((await cli.ok("show web --json")).stdout);
  deepEqual([shown.state, shown.cpus, shown.memory, shown.isolate, shown.user], [
    ...["stopped", 1, 512 * 1024 ** 2, true],
    "ann",
  ]);
  // Upstream does not write these down.
  match(shown.imageDigest, /^sha512-[0-9a-f]{128}$/);
  equal(shown.image, `${IMAGE}:${cli.host().arch}`);
  ok(Math.abs(Date.now() - Date.parse(shown.created)) < 600_000);
  const { virtualSize } = await diskFacts(cli.host(), files.disk);
  equal(virtualSize, 3 * 1024 ** 3);
  equal(meta["instance-id"], shown.uuid);
  // An overlay: what it takes is nothing beside what it is.
  ok((await Deno.stat(files.disk)).size < 1024 ** 2);
});

Deno.test("an instance is its user's alone, whatever the umask (upstream fault 21)", async () => {
  await using cli = await Cli.withImage();
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const program = [Deno.execPath(), "run", "-A", "--no-check", "--quiet", main];
  // A process of its own: the umask is the whole process's.
  const { code, stderr } = await cli.host().run(
    "sh",
    ["-c", 'umask 000; exec "$@"', "sh", ...program, "create", "web", "-i", IMAGE],
    { env: { CUBIC_HOME: cli.home, TMPDIR: join(cli.home, "..") } },
  );
  equal(code, 0, stderr);
  const { dir, clientKey, seed } = instanceFiles(cli.paths, "web");
  for (const path of [dir, cli.paths.instances]) {
    equal((await Deno.stat(path)).mode! & 0o077, 0, path);
  }
  // The client's key, and the seed with the guest's.
  for (const path of [clientKey, seed]) equal((await Deno.stat(path)).mode! & 0o777, 0o600, path);
  const secrets: string[] = [];
  for await (const { name } of Deno.readDir(dir)) {
    const path = join(dir, name);
    const bytes = new TextDecoder("latin1").decode(await Deno.readFile(path));
    if (!bytes.includes("PRIVATE KEY")) continue;
    secrets.push(name);
    equal((await Deno.stat(path)).mode! & 0o077, 0, name);
  }
  equal(secrets.length, 2, secrets.join());
});

Deno.test("a console that can't be had is a failure (upstream fault 20)", async () => {
  await using cli = await Cli.withImage();
  equal((await cli.run(["console", "nowhere"], ON_TERMINAL)).status, 3);
  await cli.ok(`create web -i ${IMAGE}`);
  await Deno.remove(instanceFiles(cli.paths, "web").disk);
  const { status, stderr } = await cli.run(["console", "web"], ON_TERMINAL);
  equal(status, 4);
  match(stderr, /Cannot start "web":\s+\S+disk\.qcow2\s+does\s+not\s+exist/);
});

Deno.test("cubic show tells an instance from an image by its colon", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create debian -i ${IMAGE}`);
  equal(JSON.parse((await cli.ok("show debian --json")).stdout).state, "stopped");
  const image = JSON.parse((await cli.ok("show debian:12 --json")).stdout);
  deepEqual([image.verified, image.usedBy], ["built", ["debian"]]);
  equal((await cli.ok("show debian:12")).stdout, (await cli.ok("image show debian:12")).stdout);
});

Deno.test("a broken instance keeps its file, byte for byte, whatever looks at it (upstream fault 6)", async () => {
  await using cli = await Cli.create();
  await putInstance(cli.paths, { name: "web", isolate: true });
  const { config, dir } = instanceFiles(cli.paths, "web");
  const damaged = `${await Deno.readTextFile(config)}oops\n`;
  await Deno.writeTextFile(config, damaged);
  const files = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort();
  const lines = ["instances", "show web", "ports", "start web", "modify web -c 2", "doctor"];
  for (const line of lines) await cli.run(line.split(" "));
  equal(await Deno.readTextFile(config), damaged);
  deepEqual((await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort(), files);
  equal(JSON.parse((await cli.ok("instances --json")).stdout)[0].state, "broken");
});

Deno.test("the verbose output tells what was done on stderr, and leaves the result alone", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} -c 1 -m 256M`);
  await Deno.writeTextFile(instanceFiles(cli.paths, "web").disk, "no disk");
  const quiet = await cli.run("start web --accel off --json".split(" "));
  const told = await cli.run("-v start web --accel off --json".split(" "));
  deepEqual([quiet.stdout, told.stdout], ["[]\n", "[]\n"]);
  const commandLine = /qemu-system-\w+ .*-uuid .*-netdev user/;
  doesNotMatch(quiet.stderr, commandLine);
  match(told.stderr, commandLine);
});

Deno.test("cubic create looks at the name before it fetches anything", async () => {
  await using cli = await Cli.create();
  await putInstance(cli.paths, { name: "web" });
  // Without a network the image can't be had, which would be status 1.
  equal((await cli.run(["create", "web", "-i", "fedora"])).status, 4);
  equal((await cli.run(["create", "a/b", "-i", "fedora"])).status, 2);
  equal((await cli.run(["create", "db", "-i", "fedora"])).status, 1);
});

Deno.test("cubic instances sorts by name without regard to case", async () => {
  await using cli = await Cli.create();
  const names = ["app", "Bob", "web", "Zed"];
  for (const name of names.toReversed()) await putInstance(cli.paths, { name });
  equal((await cli.ok("instances -q")).stdout, names.join("\n") + "\n");
});
