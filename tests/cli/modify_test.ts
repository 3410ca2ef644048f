/** Changing instances that do not run. */
import { deepEqual, equal, match } from "node:assert/strict";
import { diskFacts } from "../../core/qemu/img.ts";
import { instanceFiles } from "../../core/paths.ts";
import { Cli, IMAGE } from "../support/cli.ts";

const CREATE = `create web -i ${IMAGE} -c 1 -m 256M -d 64M`;

/** The text of the instance's file. */
async function stored(cli: Cli): Promise<string> {
  return await Deno.readTextFile(instanceFiles(cli.paths, "web").config);
}

Deno.test("cubic modify changes several values in one step and tells them as JSON", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(CREATE);
  const line = "modify web -c 2 --mem 512M -d 128M -p 8000-8001:80-81 --isolate --json";
  const { stdout } = await cli.ok(line);
  const result = JSON.parse(stdout);
  deepEqual([result.name, result.state, result.restartNeeded], ["web", "stopped", false]);
  deepEqual(result.changes.map(({ field, to }: Record<string, unknown>) => [field, to]), [
    ["cpus", 2],
    ["memory", 512 * 1024 ** 2],
    ["disk", 128 * 1024 ** 2],
    ["isolate", true],
    ["ports", ["127.0.0.1:8000-8001:80-81/tcp"]],
  ]);
  const { disk } = instanceFiles(cli.paths, "web");
  equal((await diskFacts(cli.host(), disk)).virtualSize, 128 * 1024 ** 2);
  const shown = JSON.parse((await cli.ok("show web --json")).stdout);
  deepEqual([shown.cpus, shown.isolate], [2, true]);
  deepEqual(shown.ports, ["127.0.0.1:8000:80/tcp", "127.0.0.1:8001:81/tcp"]);
  match((await cli.ok("show web")).stdout, /^Ports: +127\.0\.0\.1:8000-8001:80-81\/tcp$/m);
});

Deno.test("cubic port add and remove tell the ports that came and went, of a range too", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(CREATE);
  const said = async (line: string): Promise<string> => (await cli.ok(line)).stderr;
  equal(
    await said("port add web 8000-8001:80-81 9000:90"),
    "web: forwards 127.0.0.1:8000-8001:80-81/tcp\nweb: forwards 127.0.0.1:9000:90/tcp\n",
  );
  equal(await said("port add web 8002:82"), "web: forwards 127.0.0.1:8002:82/tcp\n");
  equal(
    await said("modify web -P 8001 -p 8001:99"),
    "web: no longer forwards 127.0.0.1:8001:81/tcp\nweb: forwards 127.0.0.1:8001:99/tcp\n",
  );
});

Deno.test("cubic modify changes nothing when one value can't be (upstream faults 15 and 22)", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`${CREATE} -p 8080:80`);
  const before = await stored(cli);
  const refused: Readonly<Record<string, [number, RegExp]>> = {
    "-c 2 -m 0B": [2, /Cannot boot a cloud image with 0 B/],
    "-c 0": [2, /Cannot use "0" as a count/],
    "-c 2 -p 0:80": [2, /Cannot read "0:80" as a port rule/],
    "-c 2 -d 1M": [2, /Cannot shrink the disk of "web" from 64 M to 1 M/],
    "-c 2 -p 9000:80 -p 9000:81": [2, /Cannot forward port 9000 twice/],
    "-c 2 -p 8080:81": [2, /Cannot forward port 8080 twice/],
    "-c 2 -p 0.0.0.0:8080:80": [2, /Cannot forward port 8080 twice/],
    "-c 2 -p 192.0.2.1:8080:80": [2, /this host has no address 192\.0\.2\.1/],
    "-c 2 -p [::1]:9000:80": [2, /QEMU listens on IPv4 addresses only/],
    "-c 2 -P 9000": [3, /Cannot remove "9000": "web" has no such rule/],
    "-c 2 -p 9000:80 -P 9000:80": [3, /has no such rule/],
    "-c 2 -u Root": [2, /as a user name/],
    "-c 2 -d 128M -u other": [4, /"web": it is stopped/],
    "": [2, /Cannot tell what to change of "web"/],
  };
  for (const [flags, [status, message]] of Object.entries(refused)) {
    const ran = await cli.run(["modify", "web", ...flags.split(" ").filter((word) => word !== "")]);
    equal(ran.status, status, `${flags}: ${ran.stderr}`);
    match(ran.stderr, message);
    equal(ran.stdout, "");
    equal(await stored(cli), before, flags);
  }
  const { disk } = instanceFiles(cli.paths, "web");
  equal((await diskFacts(cli.host(), disk)).virtualSize, 64 * 1024 ** 2);
});

Deno.test("cubic modify to what is so already changes nothing and succeeds", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`${CREATE} -p 8080:80`);
  const before = await stored(cli);
  const { stdout, stderr } = await cli.ok(
    "modify web -c 1 -m 256M -d 64M -p 8080:80 -P 8080:80 --no-isolate -u tester",
  );
  deepEqual([stdout, stderr], ["", "Nothing to change: web is so already\n"]);
  equal(await stored(cli), before);
  const { changes } = JSON.parse((await cli.ok("modify web -c 1 --json")).stdout);
  deepEqual(changes, []);
});

Deno.test("of an option of cubic modify that is given twice the last counts", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(CREATE);
  await cli.ok("modify web -c 2 -c 3 --isolate --no-isolate -p 8080:80 -p 8081:81");
  const shown = JSON.parse((await cli.ok("show web --json")).stdout);
  deepEqual([shown.cpus, shown.isolate, shown.ports.length], [3, false, 2]);
});

Deno.test("cubic port adds, lists and removes rules of an instance that does not run", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(CREATE);
  const empty = await cli.ok("port list web");
  equal(empty.stdout, "");
  match(empty.stderr, /No ports are forwarded\. `cubic port add web 8080:80` forwards one\./);
  equal((await cli.ok("ports --json")).stdout, "[]\n");
  await cli.ok("port add web 28000-28002:8000-8002 5353:53/udp");
  const listed = JSON.parse((await cli.ok("ports --json")).stdout);
  equal(listed.length, 4);
  // Somebody else may have the port on the host of the test.
  deepEqual({ ...listed[0], use: "free" }, {
    instance: "web",
    rule: "127.0.0.1:28000:8000/tcp",
    hostAddress: "127.0.0.1",
    hostPort: 28000,
    guestPort: 8000,
    protocol: "tcp",
    use: "free",
    answers: false,
  });
  equal((await cli.ok("ports -q")).stdout.split("\n")[3], "127.0.0.1:5353:53/udp");
  match(
    (await cli.ok("port ls web")).stdout,
    /^web +127\.0\.0\.1:28000-28002 +8000-8002 +tcp +(no|by another) +no$/m,
  );
  await cli.ok("port remove web 28001 5353/udp");
  deepEqual(JSON.parse((await cli.ok("show web --json")).stdout).ports, [
    "127.0.0.1:28000:8000/tcp",
    "127.0.0.1:28002:8002/tcp",
  ]);
  const gone = await cli.run(["port", "rm", "web", "28000", "28001"]);
  equal(gone.status, 3);
  match(gone.stderr, /hint: `cubic port list web` shows those it has\./);
});

Deno.test("a rule whose port is taken now can be stored with a warning, and is listed as taken", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(CREATE);
  using stranger = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = stranger.addr;
  const { stderr } = await cli.ok(`port add web ${port}:80`);
  match(stderr, new RegExp(`warning: Port ${port} is taken now; the instance can't start until`));
  match((await cli.ok("ports")).stdout, new RegExp(`:${port} +80 +tcp +by another +no$`, "m"));
});

Deno.test("cubic port and modify tell an instance that is not there", async () => {
  await using cli = await Cli.create();
  for (const line of ["port add web 80:80", "port rm web 80", "port list web", "modify web -c 1"]) {
    const { status, stderr } = await cli.run(line.split(" "));
    equal(status, 3, stderr);
  }
  equal((await cli.ok("ports --json")).stdout, "[]\n");
});

Deno.test("cubic tunnel refuses what is no tunnel before anything is started", async () => {
  await using cli = await Cli.create();
  const refused: Readonly<Record<string, RegExp>> = {
    "": /Cannot tell which tunnels to open to "web"/,
    "-L 80": /Cannot read "80" as a tunnel/,
    "-R 1:a:0": /as a tunnel/,
    "-D x": /as a tunnel/,
  };
  for (const [flags, message] of Object.entries(refused)) {
    const { status, stderr, loads } = await cli.run(
      ["tunnel", "web", ...flags.split(" ").filter((word) => word !== "")],
    );
    deepEqual([status, loads], [2, 0], stderr);
    match(stderr, message);
  }
});
