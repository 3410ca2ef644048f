/** Command lines that can't be read: status 2, nothing on stdout, nothing done, and what to type instead. */
import { deepEqual, equal, match } from "node:assert/strict";
import { Cli, IMAGE } from "../support/cli.ts";

const LINES = [
  ["a misspelt command", "craete web"],
  ["the start of several commands", "image re debian"],
  ["a misspelt command after a global flag", "-v isntances"],
  ["a misspelt command of a group", "image buidl debian"],
  ["help for a misspelt command", "help craete"],
  ["a misspelt flag, also before what is missing is noticed", "create web --imge debian"],
  ["an unknown flag", "instances --frobnicate"],
  ["an unknown flag before the command", "--frobnicate instances"],
  ["a flag without its value", "create web --port"],
  ["create without anything", "create"],
  ["create without an image", "create web"],
  ["create with a name that is a path", `create ../web -i ${IMAGE}`],
  ["create with a name that begins with a digit", `create 1web -i ${IMAGE}`],
  ["create with a bad user", `create web -i ${IMAGE} -u Root!`],
  ["create with a bad image", "create web -i debian:12:s390x:x"],
  ["create with a size without a unit", `create web -i ${IMAGE} -m 4096`],
  ["create with a size that is no number", `create web -i ${IMAGE} -d big`],
  ["create with no processors", `create web -i ${IMAGE} -c 0`],
  ["create with no memory", `create web -i ${IMAGE} -m 0B`],
  ["create with port 0", `create web -i ${IMAGE} -p 0:80`],
  ["create with a port out of range", `create web -i ${IMAGE} -p 70000:80`],
  ["create with an IPv6 port rule", `create web -i ${IMAGE} -p ::1:8080:80`],
  ["create with a port rule that is none", `create web -i ${IMAGE} -p http`],
  ["create with the same port twice", `create web -i ${IMAGE} -p 80:80 -p 0.0.0.0:80:81`],
  ["stop without a name", "stop"],
  ["start without a name", "start"],
  ["delete without a name", "delete --yes"],
  ["show with two names", "show web db"],
  ["start with an unknown acceleration", "start web --accel maybe"],
  ["stop with a bad duration", "stop web --timeout soon"],
  ["logs with a bad count", "logs web -n 0"],
  ["exec without a command", "exec web"],
  ["exec with nothing after --", "exec web --"],
  ["exec with an option after the instance", "exec web -t top"],
  ["exec with a bad variable", "exec --env 1A=b web true"],
  ["scp with a source only", "scp a"],
  ["scp from a pipe into a pipe", "scp - -"],
  ["scp with a pattern that includes again", "scp -r --exclude !a a b"],
  ["scp with an unknown route", "scp --route pigeon a web:"],
] as const;

Deno.test("cubic explains command lines it can't read, with status 2", async (t) => {
  await using cli = await Cli.withImage();
  const told: string[] = [];
  for (const [what, line] of LINES) {
    const { status, stdout, stderr } = await cli.run(line.split(" "));
    deepEqual([status, stdout], [2, ""], `${what}: ${stderr}`);
    match(stderr, /^error: Cannot .*[^.]\n(?: {2}.*\n)*hint: /, what);
    told.push(`${what}\n$ cubic ${line}\n${cli.mask(stderr)}`);
  }
  await t.assertSnapshot(told.join("\n"));
  deepEqual(JSON.parse((await cli.ok("instances --json")).stdout), []);
});

Deno.test("cubic takes global flags before and after the command, and quiet wins", async () => {
  await using cli = await Cli.create();
  for (const line of ["-q instances", "instances -q", "--quiet ls", "ls -vq", "-v ls -q"]) {
    const { stdout, stderr } = await cli.ok(line);
    deepEqual([stdout, stderr], ["", ""], line);
  }
  match((await cli.ok("list")).stderr, /No instances yet/);
});

Deno.test("cubic delete without a terminal demands --yes and deletes nothing", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const { status, stdout, stderr } = await cli.run(["delete", "web"], { typed: ["y"] });
  deepEqual([status, stdout], [2, ""]);
  match(stderr, /^error: Cannot ask .* no terminal\nhint: Add --yes/);
  await cli.ok("show web");
});

Deno.test("cubic console without a terminal says how to read the console instead", async () => {
  await using cli = await Cli.create();
  const { status, stderr } = await cli.run(["console", "web"]);
  equal(status, 2);
  match(stderr, /hint: `cubic logs -f web`/);
});

Deno.test("an option that would be passed over is refused", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  const lines = [
    "stats --stream --format yaml",
    "start web --timeout 5m",
    "stop web --kill --timeout 5m",
    ...["-r", "-p", "--exclude *.o", "--route block"].map((option) => `scp ${option} - web:x`),
    "scp -r web:x -",
  ];
  for (const line of lines) {
    const { status, stdout, stderr } = await cli.run(line.split(" "));
    deepEqual([status, stdout], [2, ""], line);
    match(stderr, /^error: Cannot .*\nhint: /, line);
  }
  equal((await cli.ok("show web -q")).stdout, "web\n");
});
