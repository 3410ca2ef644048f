/** `cubic clone` on real disks: what is shared, what is not, and when what is shared goes away. No guest runs. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { isoFiles } from "../../core/cloudinit/iso9660_read.ts";
import { addLayer } from "../../core/instances/layers.ts";
import { instanceFiles } from "../../core/paths.ts";
import { createOverlay } from "../../core/qemu/img.ts";
import { startPretendedQemu } from "../support/child.ts";
import { Cli, IMAGE, type Ran } from "../support/cli.ts";
import { readDisk, writeDisk } from "../support/guest_disk.ts";

const SMALL = "-c 1 -m 256M -d 128M";

Deno.test("a clone has the source's settings and disk, and an identity of its own", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL} -u ann -p 18080:80 --isolate -e reboot`);
  await writeDisk(cli, "web", 1);
  await Deno.writeTextFile(instanceFiles(cli.paths, "web").efiVars, "boot entries");
  const { stdout, stderr } = await cli.ok("clone web copy");
  equal(stdout, "");
  match(stderr, /^Cloned web to copy\. `cubic ssh copy` opens a shell in it\.$/m);
  match(stderr, /^The forwarded ports stay with web; `cubic port add copy /m);
  const [web, copy] = await Promise.all(["web", "copy"].map((name) => shown(cli, name)));
  for (
    const same of ["image", "imageDigest", "arch", "user", "cpus", "memory", "disk", "isolate"]
  ) {
    deepEqual(copy?.[same], web?.[same], same);
  }
  for (const own of ["uuid", "mac", "sshPort", "hostKeyFingerprint", "created"]) {
    notEqual(copy?.[own], web?.[own], own);
  }
  deepEqual([web?.ports, copy?.ports], [["127.0.0.1:18080:80/tcp"], []]);
  const files = instanceFiles(cli.paths, "copy");
  notEqual(
    await Deno.readTextFile(files.clientKey),
    await Deno.readTextFile(instanceFiles(cli.paths, "web").clientKey),
  );
  equal(await Deno.readTextFile(files.efiVars), "boot entries");
  const seed = isoFiles(await Deno.readFile(files.seed))!;
  const text = (name: string): string => new TextDecoder().decode(seed[name]);
  deepEqual(JSON.parse(text("meta-data")), { "instance-id": copy?.uuid, "local-hostname": "copy" });
  match(text("user-data"), /cubic-forget/);
  // What the source was told to run at its first boot is not run again.
  ok(!text("user-data").includes("reboot"));
});

Deno.test("source and clone go on from the same disk, each for itself", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await writeDisk(cli, "web", 1);
  await cli.ok("clone web copy");
  deepEqual([await readDisk(cli, "web"), await readDisk(cli, "copy")], [1, 1]);
  await writeDisk(cli, "web", 2);
  deepEqual([await readDisk(cli, "web"), await readDisk(cli, "copy")], [2, 1]);
  await writeDisk(cli, "copy", 3);
  deepEqual([await readDisk(cli, "web"), await readDisk(cli, "copy")], [2, 3]);
  await cli.ok("clone copy again");
  await writeDisk(cli, "copy", 4);
  deepEqual([await readDisk(cli, "copy"), await readDisk(cli, "again")], [4, 3]);
  // The frozen disks are nobody's to write to.
  for (const layer of await layers(cli)) {
    equal((await Deno.stat(join(cli.paths.layers, layer, "disk.qcow2"))).mode! & 0o777, 0o444);
  }
});

// QEMU is let go of on purpose; Deno would call it a leak.
const LOOSE = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  { name: "source and clone run side by side, and a running one is not cloned", ...LOOSE },
  async () => {
    await using cli = await Cli.withImage();
    await cli.ok(`create web -i ${IMAGE} ${SMALL} -p 18082:80`);
    await writeDisk(cli, "web", 1);
    await cli.ok("clone web copy");
    try {
      await cli.ok("start web copy --accel off");
      const states = [await shown(cli, "web"), await shown(cli, "copy")].map(({ state }) => state);
      deepEqual(states, ["running", "running"]);
      const { status, stderr } = await cli.run(["clone", "web", "more"]);
      equal(status, 4);
      match(stderr, /Cannot clone "web": it runs/);
    } finally {
      await cli.run(["stop", "--all", "--kill"]);
    }
    deepEqual([await readDisk(cli, "web"), await readDisk(cli, "copy")], [1, 1]);
  },
);

Deno.test("clones without a boot in between stand on the same layer, those of a new instance on its image", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await cli.ok("clone web fresh");
  deepEqual(await layers(cli), []);
  await writeDisk(cli, "web", 1);
  for (const name of ["one", "two"]) await cli.ok(`clone web ${name}`);
  await cli.ok("clone one three");
  equal((await layers(cli)).length, 1);
  equal(await readDisk(cli, "three"), 1);
  await writeDisk(cli, "web", 2);
  await cli.ok("clone web four");
  equal((await layers(cli)).length, 2);
});

Deno.test("a layer stays while a disk reaches it, and goes with the last", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await writeDisk(cli, "web", 1);
  await cli.ok("clone web copy");
  await writeDisk(cli, "copy", 2);
  await cli.ok("clone copy deep");
  equal((await layers(cli)).length, 2);
  await cli.ok("delete web copy --yes");
  equal((await layers(cli)).length, 2);
  equal(await readDisk(cli, "deep"), 2);
  await cli.ok("delete deep --yes");
  deepEqual(await layers(cli), []);
});

Deno.test("an image under a layer is in use, and what lacks a layer says so", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await writeDisk(cli, "web", 1);
  await cli.ok("clone web copy");
  await cli.ok("delete web --yes");
  const refused = await cli.run(["image", "remove", IMAGE, "--yes"]);
  equal(refused.status, 4);
  match(refused.stderr, /copy stands on it/);
  const [image] = JSON.parse((await cli.ok("image list --json")).stdout);
  deepEqual(image.usedBy, ["copy"]);

  const [layer] = await layers(cli);
  const file = join(cli.paths.layers, layer!, "disk.qcow2");
  await Deno.rename(file, `${file}.away`);
  for (const line of ["start copy", "clone copy more"]) {
    const { status, stderr } = await cli.run(line.split(" "));
    equal(status, 4);
    ok(stderr.includes(file), stderr);
  }
});

Deno.test("cubic clone --full makes a disk that stands on nothing", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await writeDisk(cli, "web", 1);
  await cli.ok("clone web copy --full");
  deepEqual(await layers(cli), []);
  await cli.ok("delete web --yes");
  await cli.ok(`image remove ${IMAGE} --yes`);
  equal(await readDisk(cli, "copy"), 1);
  equal((await shown(cli, "copy")).disk, 128 * 1024 ** 2);
  // It can be cloned like any other.
  await cli.ok("clone copy again");
  equal(await readDisk(cli, "again"), 1);
});

Deno.test("cubic clone --full that is interrupted leaves nothing behind", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await writeDisk(cli, "web", 1);
  const interrupt = new AbortController();
  const cloning = cli.run(["clone", "web", "copy", "--full"], { signal: interrupt.signal });
  setTimeout(() => interrupt.abort(), 20);
  equal((await cloning).status, 130);
  deepEqual(await names(cli.paths.instances), ["web"]);
  equal(await readDisk(cli, "web"), 1);
});

Deno.test("a clone that was killed half way leaves the source whole, and its layer to prune", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await writeDisk(cli, "web", 1);
  const { disk } = instanceFiles(cli.paths, "web");
  // Linked among the layers, with the overlay made, and no further.
  await addLayer(cli.paths, disk);
  await Deno.writeTextFile(`${disk}.0a1b2c3d.tmp`, "half an overlay");
  await writeDisk(cli, "web", 2);
  await cli.ok("clone web copy");
  deepEqual([await readDisk(cli, "web"), await readDisk(cli, "copy")], [2, 2]);
  deepEqual((await names(join(disk, ".."))).filter((name) => name.endsWith(".tmp")), []);
  equal((await layers(cli)).length, 2);
  await cli.ok("prune --layers --yes");
  equal((await layers(cli)).length, 1);
  deepEqual([await readDisk(cli, "web"), await readDisk(cli, "copy")], [2, 2]);
});

Deno.test("clones, renames and deletes at once leave every disk whole", async () => {
  await using cli = await Cli.withImage();
  for (const [index, name] of ["web", "db"].entries()) {
    await cli.ok(`create ${name} -i ${IMAGE} ${SMALL}`);
    await writeDisk(cli, name, index + 1);
    await cli.ok(`clone ${name} ${name}-old`);
    await writeDisk(cli, name, index + 1);
  }
  const lines = [
    ...["clone web web-1", "clone web web-2", "delete web-old --yes", "prune --yes"],
    ...["clone db db-1", "rename db-old db-older", "clone db db-2 --full", "delete nothing -f"],
  ];
  await Promise.all(lines.map((line) => cli.ok(line)));
  for (const name of ["web", "web-1", "web-2"]) equal(await readDisk(cli, name), 1, name);
  for (const name of ["db", "db-1", "db-2", "db-older"]) equal(await readDisk(cli, name), 2, name);
  await cli.ok("delete --all --yes");
  deepEqual(await layers(cli), []);
});

Deno.test("cubic clone refuses what it can't do, and leaves nothing behind", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  await cli.ok(`create db -i ${IMAGE} ${SMALL}`);
  const fails = async (line: string, status: number, message: RegExp): Promise<void> => {
    const ran = await cli.run(line.split(" "));
    equal(ran.status, status, ran.stderr);
    match(ran.stderr, message);
  };
  await fails("clone web db", 4, /Cannot clone "web" to "db": there is one of that name already/);
  await fails("clone web web", 4, /there is one of that name already/);
  await fails("clone wbe copy", 3, /hint: Did you mean web\?/);
  await fails("clone web ../copy", 2, /Cannot use "\.\.\/copy" as an instance name/);
  const { uuid } = await shown(cli, "web");
  await using _qemu = startPretendedQemu(String(uuid));
  await fails("clone web copy", 4, /Cannot clone "web": it runs\nhint: .*`cubic stop web`/);
  deepEqual(await names(cli.paths.instances), ["db", "web"]);
  deepEqual(await layers(cli), []);
});

Deno.test("cubic clone stops before a disk stands on more files than QEMU can name", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  const { disk } = instanceFiles(cli.paths, "web");
  for (let below = 1; below < 32; below++) {
    const backing = await addLayer(cli.paths, disk);
    await Deno.remove(disk);
    await createOverlay(cli.host(), disk, backing, 128 * 1024 ** 2);
  }
  await writeDisk(cli, "web", 32);
  const { status, stderr } = await cli.run(["clone", "web", "copy"]);
  equal(status, 2);
  match(stderr, /its disk stands on 32 others already\nhint: Add --full/);
  equal(await readDisk(cli, "web"), 32);
  await cli.ok("clone web copy --full");
  equal(await readDisk(cli, "copy"), 32);
});

Deno.test("cubic clone --json prints the new instance, and protection stays with the old", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} ${SMALL}`);
  const { config } = instanceFiles(cli.paths, "web");
  const times = 'protected = true\ntemporary = true\nexpires = "2020-01-01T00:00:00.000Z"\n';
  await Deno.writeTextFile(config, await Deno.readTextFile(config) + times);
  const ran = await cli.ok("clone web copy --json");
  const printed = JSON.parse(ran.stdout);
  const { name, uuid } = await shown(cli, "copy");
  deepEqual([printed.name, printed.uuid], [name, uuid]);
  const text = await Deno.readTextFile(instanceFiles(cli.paths, "copy").config);
  for (const word of ["protected", "temporary", "expires"]) ok(!text.includes(word), word);
});

async function shown(cli: Cli, name: string): Promise<Record<string, unknown>> {
  const ran: Ran = await cli.ok(`show ${name} --json`);
  return JSON.parse(ran.stdout);
}

async function layers(cli: Cli): Promise<string[]> {
  return await names(cli.paths.layers).catch(() => []);
}

async function names(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}
