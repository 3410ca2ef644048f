/** `cubic doctor` on homes with real faults: each is found, and what can be mended is not there afterwards. */
import { deepEqual, equal, match } from "node:assert/strict";
import { dirname, join } from "node:path";
import type { Finding } from "../../core/doctor/finding.ts";
import { instanceFiles } from "../../core/paths.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { answering, serveQmp } from "../support/qmp_server.ts";
import { runPlace, writeRun } from "../../core/instances/run_record.ts";
import { readInstance } from "../../core/instances/store.ts";
import { listImages } from "../../core/images/store.ts";
import { identifyProcess } from "../../core/process.ts";

/** A home with a whole instance, and a HOME of its own for ssh. */
async function withInstance(): Promise<Cli> {
  const cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE}`);
  return cli;
}

interface Seen {
  readonly status: number;
  readonly fixed: readonly string[];
  /** What one check found that is not well. */
  readonly found: readonly Finding[];
}

async function doctor(cli: Cli, check: string, ...args: string[]): Promise<Seen> {
  const env = { HOME: cli.home };
  const ran = await cli.run(["doctor", "--offline", "--json", ...args], { env });
  const { findings, fixed } = JSON.parse(ran.stdout) as { findings: Finding[]; fixed: string[] };
  const found = findings.filter((one) => one.check === check && one.level !== "ok");
  return { status: ran.status, fixed, found };
}

async function imagePath(cli: Cli): Promise<string> {
  const { images } = await listImages(cli.paths);
  return images[0]?.path ?? "";
}

Deno.test("cubic doctor finds nothing wrong with an instance that was just made", async () => {
  await using cli = await withInstance();
  const { stdout, status } = await cli.run(["doctor", "--offline", "--json"], {
    env: { HOME: cli.home },
  });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  equal(status, 0, stdout);
  deepEqual(findings.filter(({ about, level }) => about === "state" && level !== "ok"), []);
});

Deno.test("cubic doctor finds an image that was cut off, with status 4", async () => {
  await using cli = await withInstance();
  const path = await imagePath(cli);
  await Deno.chmod(path, 0o644);
  await Deno.truncate(path, 1000);
  const { status, found } = await doctor(cli, "Images");
  equal(status, 4);
  match(found[0]?.text ?? "", /debian:bookworm:\w+ is damaged: its file has 1000 bytes/);
  match(found[0]?.remedy ?? "", /`cubic image pull --again debian:bookworm/);
});

Deno.test("cubic doctor --fix removes the facts of an image that is gone, unless an instance needs it", async () => {
  await using cli = await withInstance();
  const path = await imagePath(cli);
  await Deno.remove(path);
  // The instance's own trouble is told; what tells which image to fetch stays.
  const missing = await doctor(cli, "Instance files", "--fix");
  equal(missing.found[0]?.level, "problem");
  match(missing.found[0]?.text ?? "", /disk of web stands on .*\.qcow2, which is gone/);
  deepEqual(missing.fixed, []);
  await cli.ok("delete web --yes");
  const sidecar = path.replace(/qcow2$/, "json");
  match((await doctor(cli, "Images")).found[0]?.text ?? "", /tells of an image that is gone/);
  const after = await doctor(cli, "Images", "--fix");
  deepEqual([after.fixed, after.found], [[`Removed ${sidecar}`], []]);
});

Deno.test("cubic doctor finds facts that can't be read, and images without any", async () => {
  await using cli = await withInstance();
  const path = await imagePath(cli);
  const sidecar = path.replace(/qcow2$/, "json");
  await Deno.writeTextFile(sidecar, "oops");
  match((await doctor(cli, "Images")).found[0]?.text ?? "", /json can't be read/);
  await Deno.remove(sidecar);
  const { found } = await doctor(cli, "Images");
  match(found[0]?.text ?? "", /nothing tells what .*qcow2 is/);
  match(found[0]?.remedy ?? "", /`cubic image import /);
});

Deno.test("cubic doctor names the files that an instance lacks", async () => {
  await using cli = await withInstance();
  const { seed, hostKey } = instanceFiles(cli.paths, "web");
  await Deno.remove(seed);
  await Deno.remove(hostKey);
  const { status, found } = await doctor(cli, "Instance files");
  equal(status, 4);
  deepEqual(found.map(({ text }) => text), ["web lacks seed.iso, host_key.pub"]);
});

Deno.test("cubic doctor --fix closes a key that others can read", async () => {
  await using cli = await withInstance();
  const { clientKey } = instanceFiles(cli.paths, "web");
  await Deno.chmod(clientKey, 0o644);
  match(
    (await doctor(cli, "Instance files")).found[0]?.text ?? "",
    /others may read the key of web/,
  );
  const { fixed, found } = await doctor(cli, "Instance files", "--fix");
  deepEqual([fixed, found], [[`Closed ${clientKey} to other users`], []]);
  equal(((await Deno.stat(clientKey)).mode ?? 0) & 0o777, 0o600);
});

Deno.test("cubic doctor --fix frees clusters of a disk that nothing uses", async () => {
  await using cli = await withInstance();
  const { disk } = instanceFiles(cli.paths, "web");
  await setRefcount(disk, "after", 1);
  const { status, found } = await doctor(cli, "Disk files");
  deepEqual([status, found.map(({ level }) => level)], [0, ["note"]]);
  const after = await doctor(cli, "Disk files", "--fix");
  deepEqual([after.fixed, after.found], [[`Freed lost clusters in ${disk}`], []]);
});

Deno.test("cubic doctor finds a disk whose tables contradict each other, and leaves it as it is", async () => {
  await using cli = await withInstance();
  const { disk } = instanceFiles(cli.paths, "web");
  await setRefcount(disk, "table", 0);
  const before = await Deno.readFile(disk);
  const { status, fixed, found } = await doctor(cli, "Disk files", "--fix");
  deepEqual([status, fixed], [4, []]);
  match(found[0]?.text ?? "", /disk of web is damaged/);
  match(found[0]?.remedy ?? "", /`cp .*disk\.qcow2 .*\.bak`, then `qemu-img check -r all/);
  deepEqual(await Deno.readFile(disk), before);
});

Deno.test("cubic doctor finds a disk that is no disk", async () => {
  await using cli = await withInstance();
  await Deno.writeTextFile(instanceFiles(cli.paths, "web").disk, "oops");
  match((await doctor(cli, "Instance files")).found[0]?.text ?? "", /disk\.qcow2 is damaged/);
});

Deno.test("cubic doctor --fix moves the Include line to the top, and closes the file to others", async () => {
  await using cli = await withInstance();
  const env = { HOME: cli.home };
  const config = join(cli.home, ".ssh", "config");
  await cli.ok("ssh-config --install", { env });
  deepEqual((await doctor(cli, "ssh configuration")).found, []);
  const line = (await Deno.readTextFile(config)).trim();
  await Deno.writeTextFile(config, `Host other\n  Port 22\n${line}\n`);
  await Deno.chmod(config, 0o666);
  const levels = (await doctor(cli, "ssh configuration")).found.map(({ level }) => level);
  deepEqual(levels, ["warning", "warning"]);
  const { fixed, found } = await doctor(cli, "ssh configuration", "--fix");
  deepEqual([fixed.length, found], [2, []]);
  equal(await Deno.readTextFile(config), `${line}\nHost other\n  Port 22\n`);
});

Deno.test("cubic doctor leaves an ssh configuration alone that has no line of cubic", async () => {
  await using cli = await withInstance();
  const config = join(cli.home, ".ssh", "config");
  await Deno.mkdir(dirname(config));
  await Deno.writeTextFile(config, 'Include "/nowhere/instances/*/ssh_config"\n');
  await Deno.chmod(config, 0o666);
  const { fixed, found } = await doctor(cli, "ssh configuration", "--fix");
  deepEqual(fixed, []);
  deepEqual(found.map(({ level }) => level), ["note"]);
  match(found[0]?.text ?? "", /directory that is gone:\nInclude "\/nowhere/);
});

Deno.test("cubic doctor --fix writes an instance's ssh_config anew that says something else", async () => {
  await using cli = await withInstance();
  const { sshConfig } = instanceFiles(cli.paths, "web");
  const right = await Deno.readTextFile(sshConfig);
  await Deno.writeTextFile(sshConfig, right.replace(/Port \d+/, "Port 1"));
  equal((await doctor(cli, "ssh configuration")).found.length, 1);
  const { fixed, found } = await doctor(cli, "ssh configuration", "--fix");
  deepEqual([fixed, found], [["Wrote the ssh_config of web anew"], []]);
  equal(await Deno.readTextFile(sshConfig), right);
});

Deno.test("cubic doctor --fix removes locks whose holders are gone, and no others", async () => {
  await using cli = await withInstance();
  const { locks } = cli.paths;
  const gone = await endedPid();
  await Deno.writeTextFile(join(locks, "instance-old.lock"), `${gone} create\n`);
  await Deno.writeTextFile(join(locks, "instance-live.lock"), `${Deno.pid} create\n`);
  match((await doctor(cli, "Locks")).found[0]?.text ?? "", /: instance-old$/);
  const { fixed, found } = await doctor(cli, "Locks", "--fix");
  deepEqual([fixed, found], [["Removed the lock instance-old"], []]);
  await Deno.stat(join(locks, "instance-live.lock"));
});

Deno.test("cubic doctor notes what prune would delete, and deletes none of it", async () => {
  await using cli = await withInstance();
  await cli.ok(`create brief -i ${IMAGE} --ttl 1m`);
  const { config } = instanceFiles(cli.paths, "brief");
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(
    config,
    text.replace(/expires = .*/, 'expires = "2020-01-01T00:00:00Z"'),
  );
  const part = join(cli.paths.cache, "downloads", "sha512-abc.part");
  await Deno.mkdir(dirname(part), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(part, "half");
  const hourAgo = new Date(Date.now() - 3_600_000);
  await Deno.utime(part, hourAgo, hourAgo);
  const { status, fixed, found } = await doctor(cli, "Unused", "--fix");
  deepEqual([status, fixed], [0, []]);
  match(found[0]?.remedy ?? "", /`cubic prune --expired`/);
  match(found[1]?.text ?? "", /^1 partial download/);
  await Deno.stat(part);
});

Deno.test("cubic doctor notes a machine of another QEMU, and values that wait for a restart", async () => {
  await using cli = await withInstance();
  const place = await runPlace(cli.paths, await readInstance(cli.paths, "web"));
  const process = await identifyProcess(cli.host(), Deno.pid);
  if (!process) throw new Error("this test's own process is not to be found");
  await Deno.mkdir(dirname(place.qmpSocket), { recursive: true });
  const qemu = { major: 1, minor: 2, micro: 3 };
  await using _server = serveQmp(
    place.qmpSocket,
    answering((command) =>
      command === "query-version" ? { qemu } : { status: "running", running: true }
    ),
  );
  const startedAs = { cpus: 77, memory: 1024 ** 3, isolate: false };
  const startedAt = new Date().toISOString();
  const record = { ...place, process, accelerator: "tcg" as const, startedAt, startedAs };
  await writeRun(instanceFiles(cli.paths, "web"), record);
  const { found } = await doctor(cli, "Running machines");
  match(found[0]?.text ?? "", /web runs QEMU 1\.2\.3, and \d/);
  match(found[1]?.text ?? "", /other values since it was started: cpus/);
});

Deno.test("cubic doctor goes on when the settings can't be read, names the place, and mends the rest", async () => {
  await using cli = await withInstance();
  const leftover = join(cli.paths.instances, ".create-half");
  await Deno.mkdir(leftover);
  await Deno.writeTextFile(cli.paths.configFile, "cpus = [\n");
  const { status, found, fixed } = await doctor(cli, "Settings", "--fix");
  deepEqual([status, fixed], [4, [`Removed ${leftover}`]]);
  match(found[0]?.text ?? "", /Cannot read the settings in .*config\.toml\n/);
});

Deno.test("cubic doctor goes on when a variable of the environment has a wrong value", async () => {
  await using cli = await withInstance();
  const { status, stdout } = await cli.run(["doctor", "--offline"], {
    env: { CUBIC_CPUS: "many" },
  });
  equal(status, 4);
  match(stdout, /^\[fail\] {2}Settings: Cannot use "many" for CUBIC_CPUS$/m);
});

Deno.test("cubic doctor finds a list of added distributions that can't be read", async () => {
  await using cli = await withInstance();
  const registry = join(cli.paths.distros, "registry.json");
  await Deno.mkdir(cli.paths.distros, { recursive: true });
  await Deno.writeTextFile(registry, "oops");
  const { status, found } = await doctor(cli, "Added distributions");
  equal(status, 4);
  match(found[0]?.remedy ?? "", /^`mv .*registry\.json /);
  await Deno.writeTextFile(registry, '{ "schema": 1, "distros": [] }');
  deepEqual((await doctor(cli, "Added distributions")).found, []);
});

/** Sets the count of references to the second cluster, a table, or to one after the last (QEMU's docs/interop/qcow2.rst). */
async function setRefcount(disk: string, which: "table" | "after", count: number): Promise<void> {
  await Deno.chmod(disk, 0o600);
  const bytes = await Deno.readFile(disk);
  const view = new DataView(bytes.buffer);
  const clusterBytes = 2 ** view.getUint32(20);
  const table = Number(view.getBigUint64(48));
  const block = Number(view.getBigUint64(table));
  const cluster = which === "table" ? 1 : Math.ceil(bytes.length / clusterBytes);
  view.setUint16(block + cluster * 2, count);
  const grown = new Uint8Array(Math.max(bytes.length, (cluster + 1) * clusterBytes));
  grown.set(bytes);
  await Deno.writeFile(disk, grown);
}

/** The pid of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = new Deno.Command("true").spawn();
  await child.status;
  return child.pid;
}
