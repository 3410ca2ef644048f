/** `cubic delete`: what it asks, what it leaves, and that it says only what is true. */
import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { runPlace, writeRun } from "../../core/instances/run_record.ts";
import { instanceFiles } from "../../core/paths.ts";
import { startPretendedQemu } from "../support/child.ts";
import { Cli } from "../support/cli.ts";
import { putInstance } from "../support/instance.ts";

const TERMINAL = { terminal: ["stdin", "stderr"] as const, typed: ["n"] };

Deno.test("cubic delete asks once, with what each takes and which run", async () => {
  await using cli = await Cli.create();
  const web = await putInstance(cli.paths, { name: "web" });
  await putInstance(cli.paths, { name: "db" });
  await Deno.writeFile(instanceFiles(cli.paths, "db").disk, new Uint8Array(3 * 1024 ** 2));
  await using _qemu = startPretendedQemu(web.uuid);
  const record = { accelerator: "tcg", startedAt: web.created } as const;
  await writeRun(instanceFiles(cli.paths, "web"), {
    ...record,
    ...await runPlace(cli.paths, web),
  });
  const { stderr, status } = await cli.run(["delete", "web", "db", "web"], TERMINAL);
  equal(status, 0);
  match(stderr, /^web +unresponsive +\d+ K$/m);
  match(stderr, /^db +stopped +3(\.0)? M$/m);
  match(stderr, /\nDelete these 2 with their disks\? \[y\/N\] Nothing deleted\n$/);
  deepEqual(await names(cli), ["db", "web"]);
});

Deno.test("cubic delete --all takes every instance, broken ones too", async () => {
  await using cli = await Cli.create();
  for (const name of ["web", "db"]) await putInstance(cli.paths, { name });
  await Deno.writeTextFile(instanceFiles(cli.paths, "db").config, "oops");
  const asked = await cli.ok("delete --all", TERMINAL);
  match(asked.stderr, /^db +broken /m);
  const { stdout } = await cli.ok("delete --all --yes --json");
  deepEqual(JSON.parse(stdout), [{ name: "db" }, { name: "web" }]);
  deepEqual(await names(cli), []);
  deepEqual(JSON.parse((await cli.ok("delete --all --yes --json")).stdout), []);
  match((await cli.ok("delete --all")).stderr, /^There is nothing to delete\.$/m);
});

Deno.test("cubic delete --force asks nothing and passes over what is not there", async () => {
  await using cli = await Cli.create();
  await putInstance(cli.paths, { name: "web" });
  const { stdout } = await cli.ok("delete --force web gone --json");
  deepEqual(JSON.parse(stdout), [{ name: "web" }]);
  deepEqual(await names(cli), []);
  await cli.ok("delete -f web gone");
  equal((await cli.run(["delete", "-f", "../web"])).status, 2);
  equal((await cli.run(["delete", "gone", "--yes"])).status, 3);
});

Deno.test("cubic delete never takes a protected instance, whatever is asked", async () => {
  await using cli = await Cli.create();
  await putInstance(cli.paths, { name: "web", protected: true });
  await putInstance(cli.paths, { name: "db" });
  for (const line of ["delete web db --yes", "delete web -f", "delete db web -f"]) {
    const { status, stderr } = await cli.run(line.split(" "));
    equal(status, 4);
    match(stderr, /Cannot delete "web": it is protected\nhint: .*`cubic protect --off web`/);
    deepEqual(await names(cli), ["db", "web"]);
  }
  // With --all the others go; that one is left is an error.
  const { status, stderr } = await cli.run(["delete", "--all", "--force"]);
  equal(status, 4);
  match(stderr, /^Deleted db$/m);
  match(stderr, /Cannot delete "web": it is protected/);
  deepEqual(await names(cli), ["web"]);
  equal((await cli.run(["delete", "--all", "--yes"])).status, 4);
  deepEqual(await names(cli), ["web"]);
});

Deno.test("cubic delete fails when it could not remove an instance, and does not say that it did", async () => {
  await using cli = await Cli.create();
  for (const name of ["web", "db"]) await putInstance(cli.paths, { name });
  // A directory where a file should be: nobody can tell whether a QEMU runs.
  await Deno.mkdir(instanceFiles(cli.paths, "web").run);
  const { status, stdout, stderr } = await cli.run(["delete", "web", "db", "--yes", "--json"]);
  equal(status, 1);
  deepEqual(JSON.parse(stdout), [{ name: "db" }]);
  match(stderr, /Cannot delete "web": /);
  doesNotMatch(stderr, /Deleted web/);
  deepEqual(await names(cli), ["web"]);
});

Deno.test("cubic delete wants names or --all, and not both", async () => {
  await using cli = await Cli.create();
  await putInstance(cli.paths, { name: "web" });
  for (const line of ["delete", "delete --yes", "delete web --all --yes"]) {
    const { status, stderr } = await cli.run(line.split(" "));
    equal(status, 2);
    match(stderr, /Cannot tell which instances to delete/);
  }
  const { status, stderr } = await cli.run(["delete", "web"]);
  equal(status, 2);
  match(stderr, /there is no terminal\nhint: Add --yes/);
  deepEqual(await names(cli), ["web"]);
});

async function names(cli: Cli): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(cli.paths.instances))).map(({ name }) => name).sort();
}
