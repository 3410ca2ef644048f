/** `cubic prune`: it shows what it would free, asks, and removes that and nothing else. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { statIfThere } from "../../core/atomic.ts";
import { beginInstance, lockInstance } from "../../core/instances/store.ts";
import { holdSession } from "../../core/instances/temporary.ts";
import { acquireLock } from "../../core/lock.ts";
import { instanceFiles } from "../../core/paths.ts";
import { leaveDeadSocket } from "../support/child.ts";
import { Cli, IMAGE } from "../support/cli.ts";
import { writeDisk } from "../support/guest_disk.ts";
import { putInstance } from "../support/instance.ts";

const PAST = "2020-01-01T00:00:00.000Z";
const FUTURE = "2999-01-01T00:00:00.000Z";

interface Item {
  readonly kind: string;
  readonly name: string;
  readonly bytes: number;
  readonly removed: boolean;
}

async function items(cli: Cli, line: string): Promise<Item[]> {
  return JSON.parse((await cli.ok(`${line} --json`)).stdout);
}

/** A home with something of every kind, and beside each what must stay. */
async function makeMess(cli: Cli): Promise<Record<string, string>> {
  const { paths } = cli;
  for (const name of ["web", "gone"]) await cli.ok(`create ${name} -i ${IMAGE} -d 128M`);
  await writeDisk(cli, "gone", 1);
  await cli.ok("clone gone copy");
  // As if a clone and its source were removed by somebody who was killed before he came to the layer.
  for (const name of ["gone", "copy"]) {
    await Deno.remove(join(paths.instances, name), { recursive: true });
  }
  const [layer] = await Array.fromAsync(Deno.readDir(paths.layers));
  await beginInstance(paths, "half");
  await Deno.writeTextFile(`${instanceFiles(paths, "web").consoleLog}.1`, "old".repeat(5000));
  await Deno.writeTextFile(`${instanceFiles(paths, "web").disk}.0.tmp`, "");
  await Deno.mkdir(paths.runtime, { recursive: true });
  const half = `${paths.configFile}.0a1b2c3d.tmp`;
  await Deno.writeTextFile(half, "");
  await Deno.utime(half, 0, 0);
  const socket = join(paths.runtime, `${"0".repeat(16)}.qmp`);
  await leaveDeadSocket(socket);
  const partial = join(paths.cache, "downloads", `sha256-${"a".repeat(64)}.part`);
  await Deno.mkdir(join(partial, ".."), { recursive: true });
  for (const path of [partial, `${partial}.validator`, `${partial}.map`]) {
    await Deno.writeTextFile(path, "part");
    await Deno.utime(path, 0, 0);
  }
  await Deno.mkdir(join(paths.cache, "apt", "debian"), { recursive: true });
  await Deno.mkdir(join(paths.cache, "releases"), { recursive: true });
  await putInstance(paths, { name: "old", expires: PAST });
  // It goes with its instance and is not counted twice.
  await Deno.writeTextFile(`${instanceFiles(paths, "old").qemuLog}.1`, "old");
  await putInstance(paths, { name: "young", expires: FUTURE });
  await putInstance(paths, { name: "kept", expires: PAST, protected: true });
  await putInstance(paths, { name: "brief", temporary: true });
  // What a missing disk stood on could not be told.
  for (const name of ["old", "young", "kept", "brief"]) {
    await Deno.copyFile(instanceFiles(paths, "web").disk, instanceFiles(paths, name).disk);
  }
  return {
    [join(paths.instances, ".create-half")]: "leftovers",
    [`${instanceFiles(paths, "web").consoleLog}.1`]: "leftovers",
    [`${instanceFiles(paths, "web").disk}.0.tmp`]: "leftovers",
    [half]: "leftovers",
    [socket]: "leftovers",
    [join(paths.layers, layer!.name)]: "layers",
    [partial]: "cache",
    [join(paths.cache, "apt")]: "cache",
    old: "expired",
    brief: "temporary",
  };
}

Deno.test("cubic prune finds all but images, shows it, and removes it", async () => {
  await using cli = await Cli.withImage();
  const mess = await makeMess(cli);
  const found = await items(cli, "prune --dry-run");
  deepEqual(Object.fromEntries(found.map(({ name, kind }) => [name, kind])), mess);
  deepEqual(new Set(found.map(({ removed }) => removed)), new Set([false]));
  const shown = await cli.ok("prune --dry-run");
  for (const name of Object.keys(mess)) ok(shown.stdout.includes(name), name);
  match(shown.stdout, /in all\s*$/);

  const removed = await items(cli, "prune --yes");
  deepEqual(removed, found.map((item) => ({ ...item, removed: true })));
  for (const name of Object.keys(mess)) {
    const path = name.startsWith("/") ? name : join(cli.paths.instances, name);
    equal(await statIfThere(path), undefined, name);
  }
  deepEqual(await items(cli, "prune --dry-run"), []);
  const { stderr, stdout } = await cli.ok("prune");
  deepEqual([stdout, /^There is nothing to free\.$/m.test(stderr)], ["", true]);
  const left = JSON.parse((await cli.ok("instances --json")).stdout);
  deepEqual(left.map(({ name }: Item) => name), ["kept", "web", "young"]);
  ok(await statIfThere(join(cli.paths.cache, "releases")));
  equal(JSON.parse((await cli.ok("image list --json")).stdout).length, 1);
});

Deno.test("cubic prune with kinds removes those and no other", async () => {
  await using cli = await Cli.withImage();
  const mess = await makeMess(cli);
  for (const kind of ["leftovers", "layers", "cache", "temporary", "expired"]) {
    const wanted = Object.keys(mess).filter((name) => mess[name] === kind).sort();
    const removed = await items(cli, `prune --${kind} --yes`);
    // Asked for alone, leftovers are also those of an instance that has expired.
    const names = removed.map(({ name }) => name).filter((name) => !name.includes("/old/"));
    deepEqual(names.sort(), wanted, kind);
  }
  deepEqual(await items(cli, "prune --dry-run"), []);
});

Deno.test("cubic prune removes images only when asked, and none that a disk stands on", async () => {
  await using cli = await Cli.withImage();
  await cli.ok(`create web -i ${IMAGE} -d 128M`);
  deepEqual(await items(cli, "prune --images --yes"), []);
  await cli.ok("delete web --yes");
  deepEqual(await items(cli, "prune --yes"), []);
  const [image] = await items(cli, "prune --all --yes");
  deepEqual([image?.kind, image?.removed], ["images", true]);
  match(image?.name ?? "", /^debian:bookworm:/);
  deepEqual(JSON.parse((await cli.ok("image list --json")).stdout), []);
});

Deno.test("cubic prune counts what only the instances stood on that it removes", async () => {
  await using cli = await Cli.withImage();
  const { config } = instanceFiles(cli.paths, "web");
  await cli.ok(`create web -i ${IMAGE} -d 128M --ttl 1h`);
  await writeDisk(cli, "web", 1);
  await cli.ok("clone web copy");
  const kinds = async (): Promise<string[]> =>
    (await items(cli, "prune --all --dry-run")).map(({ kind }) => kind);
  deepEqual(await kinds(), []);
  const text = await Deno.readTextFile(config);
  await Deno.writeTextFile(config, text.replace(/^expires = .*$/m, `expires = "${PAST}"`));
  deepEqual(await kinds(), ["expired"]);
  await cli.ok("delete copy --yes");
  deepEqual(await kinds(), ["expired", "layers", "images"]);
  const removed = await items(cli, "prune --all --yes");
  deepEqual(removed.map((item) => item.removed), [true, true, true]);
  ok(removed[1]!.bytes > 0);
});

Deno.test("cubic prune asks, and a no keeps everything", async () => {
  await using cli = await Cli.create();
  await putInstance(cli.paths, { name: "old", expires: PAST });
  const facts = { terminal: ["stdin", "stderr"] as const, typed: ["n"] };
  const { stderr } = await cli.ok("prune", facts);
  match(stderr, /expired instance +old \(expired at 2020-01-01T00:00:00\.000Z\)\n/);
  match(stderr, /Remove all of this\? \[y\/N\] Nothing removed\n$/);
  const refused = await cli.run(["prune"]);
  equal(refused.status, 2);
  match(refused.stderr, /there is no terminal\nhint: Add --yes/);
  match((await cli.ok("prune", { ...facts, typed: ["yes"] })).stderr, /Freed \d/);
  deepEqual(JSON.parse((await cli.ok("instances --json")).stdout), []);
});

Deno.test("cubic prune leaves alone what somebody works with", async () => {
  await using cli = await Cli.create();
  const { paths } = cli;
  const signal = new AbortController().signal;
  const partial = join(paths.cache, "downloads", "sha256-aa.part");
  await Deno.mkdir(join(partial, ".."), { recursive: true });
  await Deno.writeTextFile(partial, "");
  await Deno.utime(partial, 0, 0);
  await Deno.mkdir(join(paths.cache, "apt"), { recursive: true });
  await beginInstance(paths, "half");
  await putInstance(paths, { name: "brief", temporary: true });
  {
    await using _locks = new AsyncDisposableStack();
    for (const name of ["download-sha256-aa", "image-build"]) {
      _locks.use(await acquireLock(paths, name));
    }
    _locks.use(await lockInstance(paths, "half", "create"));
    _locks.use(await holdSession(paths, "brief", signal));
    deepEqual(await items(cli, "prune --yes"), []);
  }
  equal((await items(cli, "prune --yes")).length, 4);
});

Deno.test("cubic prune goes on when one thing can't be removed, and fails in the end", async () => {
  await using cli = await Cli.create();
  for (const name of ["old", "older"]) await putInstance(cli.paths, { name, expires: PAST });
  // A directory where a file should be: nobody can tell whether a QEMU runs.
  await Deno.mkdir(instanceFiles(cli.paths, "old").run);
  const { status, stdout, stderr } = await cli.run(["prune", "--yes", "--json"]);
  equal(status, 1);
  const removed = (JSON.parse(stdout) as Item[]).filter((item) => item.removed);
  deepEqual(removed.map(({ name }) => name), ["older"]);
  match(stderr, /Cannot delete "old"[^]*Cannot remove 1 of 2 things/);
});
