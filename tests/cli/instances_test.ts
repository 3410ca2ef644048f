/** Instances from create to delete, as people and as programs see them. No guest runs. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { Cli, IMAGE, type Ran } from "../support/cli.ts";

/** The one value on stdout; fails when there is anything else. */
function json<Value = Record<string, unknown>>({ stdout }: Ran): Value {
  return JSON.parse(stdout) as Value;
}

Deno.test("cubic create makes an instance that instances and show know", async (t) => {
  await using cli = await Cli.withImage();
  const created = await cli.ok(
    `create web -i ${IMAGE} -c 1 -m 512M -d 2G -u ann -p 127.0.0.1:8080:80 -p 5353:53/udp --isolate`,
  );
  equal(created.stdout, "");
  match(created.stderr, /^Created web\. `cubic ssh web` starts it and opens a shell\.$/m);
  const list = await cli.ok("instances");
  equal(list.stderr, "");
  const shown = await cli.ok("show web");
  const stable = `${list.stdout}\n${shown.stdout}`
    .replace(/SHA256:\S+/, "<fingerprint>").replace(/sha512 [0-9a-f]{128}/, "sha512 <digest>")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d \((?:just now|\d+ s ago)\)/, "<time>")
    .replace(/ \d+ s$/m, " <age>").replace(/ [\d.]+ K\/2 G/g, " <used>/2 G");
  await t.assertSnapshot(cli.mask(stable));
});

Deno.test("cubic create takes another name of a stored image", async () => {
  await using cli = await Cli.withImage();
  await cli.ok("create web --image debian:12");
  equal(json(await cli.ok("show web --json")).image, `${IMAGE}:${cli.host().arch}`);
});

Deno.test("cubic with --json writes one value to stdout and nothing else", async () => {
  await using cli = await Cli.withImage();
  const created = await cli.ok(`create web -i ${IMAGE} -m 512M -p 8080:80 --json`);
  const { sshPort, uuid, ...facts } = json(created);
  deepEqual([typeof sshPort, typeof uuid], ["number", "string"]);
  deepEqual([facts.name, facts.memory, facts.ports], [
    "web",
    512 * 1024 ** 2,
    ["127.0.0.1:8080:80/tcp"],
  ]);
  const [listed] = json<Record<string, unknown>[]>(await cli.ok("ls --json"));
  deepEqual([listed?.name, listed?.state, listed?.uuid], ["web", "stopped", uuid]);
  const shown = json(await cli.ok("show web --json"));
  deepEqual([shown.state, shown.dir], ["stopped", `${cli.home}/instances/web`]);
  deepEqual(json(await cli.ok("stop web --json")), [{ name: "web", how: "already" }]);
  deepEqual(json(await cli.ok("stop --all --json")), []);
  deepEqual(json(await cli.ok("delete web --yes --json")), [{ name: "web" }]);
  deepEqual(json(await cli.ok("instances --json")), []);
});

Deno.test("cubic with --json prints what was done even when the rest failed", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const ran = await cli.run(["stop", "web", "nowhere", "--json"]);
  equal(ran.status, 3);
  deepEqual(json(ran), [{ name: "web", how: "already" }]);
  match(ran.stderr, /error: Cannot find the instance "nowhere"/);
  match(ran.stderr, /error: Cannot stop 1 of 2 instances\n$/);
});

Deno.test("cubic --quiet says nothing when all is well", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const line of ["stop web", "delete web --yes", "instances"]) {
    const { stdout, stderr } = await cli.ok(`${line} -q`);
    deepEqual([stdout, stderr], ["", ""], line);
  }
});

Deno.test("cubic delete asks, and a no keeps everything", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  await cli.ok(`create db -i ${IMAGE}`);
  const terminal = ["stdin", "stderr"] as const;
  const no = await cli.ok("delete web db", { terminal, typed: ["n"] });
  match(no.stderr, /Delete these 2 with their disks\? \[y\/N\] Nothing deleted/);
  const yes = await cli.ok("delete web db", { terminal, typed: ["y"] });
  match(yes.stderr, /Deleted web\n/);
  equal((await cli.ok("instances")).stdout, "");
});

Deno.test("cubic delete deletes nothing when one of the names is wrong", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  equal((await cli.run(["delete", "web", "wbe", "--yes"])).status, 3);
  await cli.ok("show web");
});

Deno.test("cubic logs of an instance that never ran says so on stderr", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  for (const line of ["logs web", "logs web --qemu", "logs web -f", "logs web -n 5"]) {
    const { stdout, stderr } = await cli.ok(line);
    equal(stdout, "");
    match(stderr, /^Nothing yet\. `cubic start web`/);
  }
});

Deno.test("cubic instances lists all of 50 instances, in order", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create seed -i ${IMAGE}`);
  const { instances } = cli.paths;
  const text = await Deno.readTextFile(`${instances}/seed/instance.toml`);
  for (let index = 1; index < 50; index++) {
    await Deno.mkdir(`${instances}/vm${index}`);
    await Deno.writeTextFile(`${instances}/vm${index}/instance.toml`, text);
  }
  const { stdout } = await cli.ok("instances");
  const names = stdout.trimEnd().split("\n").slice(1).map((line) => line.split(" ")[0]);
  equal(names.length, 50);
  deepEqual(names, names.toSorted((a = "", b = "") => a.localeCompare(b)));
  doesNotMatch(stdout, /broken/);
});
