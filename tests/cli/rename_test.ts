/** `cubic rename`: everything that holds the name follows. No guest runs, but one QEMU without an operating system. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { isoFiles } from "../../core/cloudinit/iso9660_read.ts";
import { endTemporary, holdSession } from "../../core/instances/temporary.ts";
import { readInstance } from "../../core/instances/store.ts";
import { instanceFiles } from "../../core/paths.ts";
import { startPretendedQemu } from "../support/child.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { readDisk, writeDisk } from "../support/guest_disk.ts";
import { putInstance } from "../support/instance.ts";

const SMALL = "-c 1 -m 256M -d 128M";

Deno.test("cubic rename gives an instance another name, and its guest the host name", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL} -e reboot -p 18081:80`);
  await writeDisk(cli, "web", 1);
  await cli.ok("clone web copy");
  await writeDisk(cli, "web", 2);
  const before = await show(cli, "web");
  const seedBefore = await seedOf(cli, "web");
  const { stdout, stderr } = await cli.ok("rename web www");
  deepEqual([stdout, /^Renamed web to www$/m.test(stderr)], ["", true]);
  const after = await show(cli, "www");
  for (const same of ["uuid", "mac", "sshPort", "ports", "created", "hostKeyFingerprint"]) {
    deepEqual(after[same], before[same], same);
  }
  equal((await cli.run(["show", "web"])).status, 3);
  // The same instance-id: nothing of the first boot is done again.
  const { "meta-data": metaData, ...rest } = await seedOf(cli, "www");
  const { "meta-data": _before, ...restBefore } = seedBefore;
  deepEqual(JSON.parse(metaData!), { "instance-id": before.uuid, "local-hostname": "www" });
  deepEqual(rest, restBefore);
  deepEqual([await readDisk(cli, "www"), await readDisk(cli, "copy")], [2, 1]);
  await cli.ok("clone www more");
  equal(await readDisk(cli, "more"), 2);
});

Deno.test("a rename that was killed half way, or done by hand, is made whole by the next start", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  const { instances } = cli.paths;
  await Deno.rename(join(instances, "web"), join(instances, "www"));
  try {
    await cli.ok("start www --accel off");
    const { "meta-data": metaData } = await seedOf(cli, "www");
    equal(JSON.parse(metaData!)["local-hostname"], "www");
    const refused = await cli.run(["rename", "www", "web"]);
    equal(refused.status, 4);
    match(refused.stderr, /Cannot rename "www": it runs\nhint: .*`cubic stop www`/);
  } finally {
    await cli.run(["stop", "--all", "--kill"]);
  }
  await cli.ok("rename www web");
  const left = (await Array.fromAsync(Deno.readDir(instanceFiles(cli.paths, "web").dir)))
    .map(({ name }) => name);
  ok(!left.includes("run.json") && !left.includes("qemu.pid"), left.join());
});

Deno.test("cubic rename refuses what it can't do and changes nothing", async () => {
  await using cli = await Cli.withImage();
  for (const name of ["web", "db"]) await cli.ok(`create ${name} -i ${IMAGE} ${SMALL}`);
  const { uuid } = await show(cli, "web");
  await using _qemu = startPretendedQemu(String(uuid));
  const lines: [string, number, RegExp][] = [
    ["rename web db", 4, /Cannot rename "web" to "db": there is one of that name already/],
    ["rename db db", 4, /there is one of that name already/],
    ["rename wbe www", 3, /hint: Did you mean web\?/],
    ["rename web a/b", 2, /Cannot use "a\/b" as an instance name/],
    ["rename web www", 4, /Cannot rename "web": it runs\nhint: .*`cubic stop web`/],
  ];
  for (const [line, status, message] of lines) {
    const ran = await cli.run(line.split(" "));
    equal(ran.status, status, ran.stderr);
    match(ran.stderr, message);
  }
  const names = (await Array.fromAsync(Deno.readDir(cli.paths.instances))).map(({ name }) => name);
  deepEqual(names.sort(), ["db", "web"]);
  equal(JSON.parse((await cli.ok("rename db www --json")).stdout).name, "www");
});

Deno.test("rename and clone take a name that only a killed session's instance still has", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  for (const line of ["rename web brief", "clone brief other"]) {
    const taken = line.split(" ").at(-1)!;
    await putInstance(cli.paths, { name: taken, temporary: true });
    {
      await using _session = await holdSession(cli.paths, taken, new AbortController().signal);
      equal((await cli.run(line.split(" "))).status, 4, line);
    }
    match((await cli.ok(line)).stderr, /Removing the temporary instance/);
  }
  // An instance does not make room for itself.
  const { config } = instanceFiles(cli.paths, "other");
  await Deno.writeTextFile(config, (await Deno.readTextFile(config)) + "temporary = true\n");
  equal((await cli.run(["clone", "other", "other"])).status, 4);
  equal((await show(cli, "other")).name, "other");
});

Deno.test("a temporary instance that is renamed is kept, by its session and by prune", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  const { config } = instanceFiles(cli.paths, "web");
  await Deno.writeTextFile(config, (await Deno.readTextFile(config)) + "temporary = true\n");
  const app = await cli.app();
  const session = await holdSession(cli.paths, "web", new AbortController().signal);
  const instance = await readInstance(cli.paths, "web");
  match((await cli.ok("rename web www")).stderr, /www is no longer temporary: it outlives/);
  equal((await show(cli, "www")).temporary, false);
  await cli.ok("prune --yes");
  const told: unknown[] = [];
  await endTemporary(app, { instance, session }, (event) => void told.push(event));
  await cli.ok("prune --yes");
  deepEqual([(await show(cli, "www")).uuid, told], [instance.uuid, []]);
  ok(!/temporary/.test((await cli.ok("rename www again")).stderr));
});

async function show(cli: Cli, name: string): Promise<Record<string, unknown>> {
  return JSON.parse((await cli.ok(`show ${name} --json`)).stdout);
}

async function seedOf(cli: Cli, name: string): Promise<Record<string, string>> {
  const files = isoFiles(await Deno.readFile(instanceFiles(cli.paths, name).seed)) ?? {};
  const decode = (bytes: Uint8Array<ArrayBuffer>): string => new TextDecoder().decode(bytes);
  return Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, decode(bytes)]));
}
