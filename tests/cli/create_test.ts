/** Making instances: names, defaults from the settings, what is there already, and how long they live. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { instanceFiles } from "../../core/paths.ts";
import { writeInstance } from "../../core/instances/store.ts";
import { putInstance } from "../support/instance.ts";
import { Cli, IMAGE } from "../support/cli.ts";

/** Variables of this machine that count as settings. */
const CLEAN = Object.fromEntries(
  ["IMAGE", "USER", "CPUS", "MEMORY", "DISK"].map((key) => [`CUBIC_${key}`, ""]),
);

/** A start ends before it begins, but not before it has said what there is to say. */
const NO_QEMU = { env: { CUBIC_QEMU_DIR: "/nonexistent" } };

/** What `show` knows of an instance. */
async function shown(cli: Cli, name: string): Promise<Record<string, unknown>> {
  return JSON.parse((await cli.ok(`show ${name} --json`)).stdout);
}

Deno.test("cubic create without a name makes one up and says it; -q prints it alone on stdout", async () => {
  await using cli = await Cli.withImage();
  const told = await cli.ok(`create -i ${IMAGE}`);
  const name = /^Created ([a-z]+-[a-z]+)\. `cubic ssh \1` starts it/m.exec(told.stderr)?.[1];
  ok(name, told.stderr);
  equal(told.stdout, "");
  const quiet = await cli.ok(`create -q -i ${IMAGE}`);
  match(quiet.stdout, /^[a-z]+-[a-z]+(-2)?\n$/);
  equal(quiet.stderr, "");
  const named = await cli.ok(`create web -q -i ${IMAGE}`);
  deepEqual([named.stdout, named.stderr], ["web\n", ""]);
  const names = (await cli.ok("instances -q")).stdout.trimEnd().split("\n");
  deepEqual(names, [name, quiet.stdout.trimEnd(), "web"].sort());
});

Deno.test("cubic create --if-missing takes an instance as it is and names what differs", async () => {
  await using cli = await Cli.withImage();
  const flags = `-i ${IMAGE} -c 1 -m 512M -d 2G -u ann -p 8080:80`;
  const made = await cli.ok(`create web --if-missing ${flags}`);
  match(made.stderr, /^Created web\./m);
  const before = await shown(cli, "web");
  const again = await cli.ok(`create web --if-missing ${flags}`);
  match(again.stderr, /^web is there already\./m);
  doesNotMatch(again.stderr, /warning/);
  for (const same of [`-i debian:12`, "-i debian", ""]) {
    const line = `create web --if-missing ${same}`.trim();
    doesNotMatch((await cli.ok(line)).stderr, /warning/, line);
  }
  const other = await cli.ok(
    "create web --if-missing -i ubuntu -c 2 -m 1G -d 3G -u bob -p 8080:81 --isolate --ttl 1d",
  );
  match(
    other.stderr,
    /warning: web is there already and stays as it is: it differs in --image, --user, --cpus, --memory, --disk, --port, --isolate, --ttl\.\n/,
  );
  match((await cli.ok("create web --if-missing -i debian:11")).stderr, /differs in --image\./);
  deepEqual(await shown(cli, "web"), before);
  equal((await cli.ok("create web --if-missing -q")).stdout, "web\n");
  const unnamed = await cli.run(["create", "--if-missing", "-i", IMAGE]);
  equal(unnamed.status, 2);
  match(unnamed.stderr, /hint: Name it/);
});

Deno.test("cubic create takes its defaults from the settings, then the environment, then the line", async () => {
  await using cli = await Cli.withImage();
  const env = (more: Record<string, string> = {}): { env: Record<string, string> } => ({
    env: { ...CLEAN, ...more },
  });
  const none = await cli.run(["create", "web"], env());
  equal(none.status, 2);
  match(none.stderr, /Cannot tell which image "web" is made of\nhint: .*config set image debian/);
  for (const set of [`image ${IMAGE}`, "cpus 1", "memory 256M", "disk 2G", "user ann"]) {
    await cli.ok(`config set ${set}`, env());
  }
  await cli.ok("create web", env());
  const facts = async (name: string): Promise<unknown[]> => {
    const { cpus, memory, disk, user } = await shown(cli, name);
    return [cpus, Number(memory) / 1024 ** 2, Number(disk) / 1024 ** 3, user];
  };
  deepEqual(await facts("web"), [1, 256, 2, "ann"]);
  const other = { CUBIC_CPUS: "2", CUBIC_MEMORY: "300M", CUBIC_DISK: "3G", CUBIC_USER: "bob" };
  await cli.ok("create db", env(other));
  deepEqual(await facts("db"), [2, 300, 3, "bob"]);
  await cli.ok("create app -c 1 -m 400M -d 4G -u eve", env(other));
  deepEqual(await facts("app"), [1, 400, 4, "eve"]);
  equal((await cli.run(["create", "x"], env({ CUBIC_IMAGE: "ubuntu:1" }))).status, 3);
});

Deno.test("cubic create makes the user of the host's, by the first of three variables", async () => {
  await using cli = await Cli.withImage();
  const users = [
    [{ USER: "ann", LOGNAME: "bob" }, "ann"],
    [{ USER: "", LOGNAME: "bob", USERNAME: "eve" }, "bob"],
    [{ USER: "", LOGNAME: "", USERNAME: "eve" }, "eve"],
    [{ USER: "root" }, "cubic"],
    [{ USER: "Ann Smith" }, "cubic"],
  ] as const;
  for (const [index, [env, user]] of users.entries()) {
    await cli.ok(`create vm${index} -i ${IMAGE}`, { env: { ...CLEAN, ...env } });
    equal((await shown(cli, `vm${index}`))["user"], user);
  }
});

Deno.test("cubic create --help says where the defaults come from, and they are so", async () => {
  await using cli = await Cli.withImage();
  const help = (await cli.ok("create --help")).stdout.replace(/\s+/g, " ");
  for (const said of ["the setting user, or your own name", "the setting disk, or 100G"]) {
    ok(help.includes(said), help);
  }
  await cli.ok(`create web -i ${IMAGE}`, { env: CLEAN });
  const { user, disk } = await shown(cli, "web");
  deepEqual([user, disk], ["tester", 100 * 1024 ** 3]);
});

Deno.test("cubic create --ttl stores when it expires, and commands warn once that is over", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} --ttl 7d`);
  const { expires, created } = await shown(cli, "web");
  equal(Date.parse(String(expires)) - Date.parse(String(created)) < 7 * 86_400_000 + 1000, true);
  match((await cli.ok("show web")).stdout, /^Expires: +\d{4}-/m);
  const later = await cli.run(["start", "web"], NO_QEMU);
  doesNotMatch(later.stderr, /expired/);
  const { config } = instanceFiles(cli.paths, "web");
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, text.replaceAll(String(expires), "2020-01-02T03:04:05.000Z"));
  const { stderr } = await cli.run(["start", "web"], NO_QEMU);
  match(stderr, /^warning: web expired at 2020-01-02\S+; the next `cubic prune` may delete it/m);
  equal((await cli.run(["create", "x", "-i", IMAGE, "--ttl", "7"])).status, 2);
});

Deno.test("cubic protect is told by show, and --off lets go", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  equal((await cli.ok("protect web")).stderr, "web is protected\n");
  equal((await cli.ok("protect web")).stderr, "web is already protected\n");
  match((await cli.ok("show web")).stdout, /^Protected: +yes$/m);
  const off = await cli.ok("protect web --off --json");
  deepEqual(JSON.parse(off.stdout), [{ name: "web", protected: false }]);
  equal((await shown(cli, "web"))["protected"], false);
  equal((await cli.run(["protect", "nowhere"])).status, 3);
});

Deno.test("cubic create removes what a killed `run --rm` left under its name, and nothing else", async () => {
  await using cli = await Cli.withImage();
  const left = await putInstance(cli.paths, { name: "tmp", temporary: true });
  const made = await cli.ok(`create tmp -i ${IMAGE}`);
  match(made.stderr, /^Removing the temporary instance tmp: its session is gone$/m);
  const now = await shown(cli, "tmp");
  equal(now["temporary"], false);
  ok(now["uuid"] !== left.uuid);
  equal((await cli.run(["create", "tmp", "-i", IMAGE])).status, 4);
  await writeInstance(cli.paths, { ...left, protected: true });
  equal((await cli.run(["create", "tmp", "-i", IMAGE])).status, 4);
});

Deno.test("a create that fails or is interrupted leaves no directory behind", async () => {
  await using cli = await Cli.withImage();
  const small = await cli.run(["create", "web", "-i", IMAGE, "-d", "1M"]);
  equal(small.status, 2);
  match(small.stderr, /the image needs 64 M/);
  const signal = AbortSignal.abort();
  equal((await cli.run(["create", "web", "-i", IMAGE], { signal })).status, 130);
  const { instances } = cli.paths;
  const left = await Array.fromAsync(Deno.readDir(instances)).catch(() => []);
  deepEqual(left, []);
});

Deno.test("cubic answers to the verbs that people bring, and to the start of a command", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`cre web -i ${IMAGE}`);
  const list = (await cli.ok("instances")).stdout;
  for (const word of ["ls", "list", "ps", "inst", "in"]) {
    equal((await cli.ok(word)).stdout, list, word);
  }
  const all = (await cli.ok("show web")).stdout;
  for (const word of ["info", "sho", "inf"]) equal((await cli.ok(`${word} web`)).stdout, all, word);
  equal((await cli.ok("image li -q")).stdout, (await cli.ok("image list -q")).stdout);
  equal((await cli.ok("help del")).stdout, (await cli.ok("delete --help")).stdout);
  equal((await cli.ok("help rm")).stdout, (await cli.ok("delete --help")).stdout);
  equal((await cli.ok("help cp")).stdout, (await cli.ok("scp --help")).stdout);
  equal((await cli.ok("help shell")).stdout, (await cli.ok("ssh --help")).stdout);
  const vague = await cli.run(["st", "web"]);
  deepEqual([vague.status, vague.stdout], [2, ""]);
  match(
    vague.stderr,
    /Cannot tell which command "st" stands for\nhint: It may be .*`start`, .*`stop`/,
  );
  await cli.ok("rm web --yes");
});

Deno.test("cubic start, stop and restart take names or --all, and not both", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const verb of ["start", "stop", "restart"]) {
    const none = await cli.run([verb]);
    equal(none.status, 2);
    match(none.stderr, new RegExp(`Cannot tell what to ${verb}\nhint: .*--all`));
    const both = await cli.run([verb, "web", "--all"]);
    equal(both.status, 2);
    match(both.stderr, new RegExp(`Cannot ${verb} both "web" and all instances`));
  }
  deepEqual(JSON.parse((await cli.ok("restart --all --json")).stdout), []);
});

Deno.test("cubic start --qemu-args refuses what would take the machine out of its hands", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const words of ["-pidfile /x", "'-device", "-daemonize"]) {
    const { status, stderr } = await cli.run(["start", "web", "--qemu-args", words]);
    equal(status, 2, stderr);
  }
  equal((await shown(cli, "web"))["state"], "stopped");
});
