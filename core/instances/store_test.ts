import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { statIfThere } from "../atomic.ts";
import { instanceFiles } from "../paths.ts";
import {
  beginInstance,
  findLeftovers,
  instanceExists,
  instanceNames,
  lockInstance,
  publishInstance,
  readInstance,
  removeInstance,
  sweepLeftovers,
  writeInstance,
} from "./store.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

Deno.test("an instance is there from its publication to its removal, and never in between", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  deepEqual(await instanceNames(paths), []);
  const dir = await beginInstance(paths, "web");
  deepEqual([await instanceExists(paths, "web"), await instanceNames(paths)], [false, []]);
  equal((await Deno.stat(dir)).mode! & 0o777, 0o700);
  await Deno.writeTextFile(join(dir, "disk.qcow2"), "x");
  await publishInstance(paths, dir, "web");
  deepEqual([await instanceExists(paths, "web"), await instanceNames(paths)], [true, ["web"]]);
  await removeInstance(paths, "web");
  deepEqual(await Array.fromAsync(Deno.readDir(paths.instances)), []);
});

Deno.test("publishInstance() never replaces an instance of that name", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const first = await putInstance(paths);
  const dir = await beginInstance(paths, "web");
  await Deno.writeTextFile(join(dir, "instance.toml"), "other");
  await rejects(publishInstance(paths, dir, "web"));
  deepEqual(await readInstance(paths, "web"), first);
});

Deno.test("beginInstance() starts anew where a killed command stopped", async () => {
  await using temp = await makeTempApp();
  const dir = await beginInstance(temp.app.paths, "web");
  await Deno.writeTextFile(join(dir, "half"), "x");
  equal(await beginInstance(temp.app.paths, "web"), dir);
  deepEqual(await Array.fromAsync(Deno.readDir(dir)), []);
});

Deno.test("readInstance() says which names come near one that is not there", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await rejects(readInstance(paths, "web"), {
    code: "instance-not-found",
    hint: /no instances yet/,
  });
  await putInstance(paths);
  await rejects(readInstance(paths, "wbe"), { hint: /Did you mean web\?/ });
  await rejects(readInstance(paths, "../web"), { code: "invalid-name" });
});

Deno.test("a broken file is reported with its place and left as it is", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await putInstance(paths);
  const { config } = instanceFiles(paths, "web");
  for (const text of ["", "cpus = 'x", "\0\0\0"]) {
    await Deno.writeTextFile(config, text);
    await rejects(readInstance(paths, "web"), { code: "instance-broken" });
    equal(await Deno.readTextFile(config), text);
  }
  await Deno.remove(config);
  await rejects(readInstance(paths, "web"), {
    code: "instance-broken",
    details: /does not exist/,
  });
  deepEqual(await instanceNames(paths), ["web"]);
});

Deno.test("writeInstance() changes the file whole and private", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = await putInstance(paths);
  await writeInstance(paths, { ...instance, sshPort: 20_999 });
  equal((await readInstance(paths, "web")).sshPort, 20_999);
  equal((await Deno.stat(instanceFiles(paths, "web").config)).mode! & 0o777, 0o600);
});

Deno.test("writeInstance() leaves the file as it was when OpenSSH's programs can't be told", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const instance = await putInstance(paths);
  const { sshConfig } = instanceFiles(paths, "web");
  await Deno.remove(sshConfig);
  await Deno.mkdir(sshConfig);
  await rejects(writeInstance(paths, { ...instance, sshPort: 20_999 }));
  deepEqual(await readInstance(paths, "web"), instance);
});

Deno.test("leftovers of killed commands are swept, but not what somebody works on", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await putInstance(paths);
  const dead = await beginInstance(paths, "dead");
  const alive = await beginInstance(paths, "alive");
  const doomed = join(paths.instances, ".delete-old-12345678");
  await Deno.mkdir(join(doomed, "deep"), { recursive: true });
  const other = join(paths.instances, ".other");
  await Deno.mkdir(other);
  {
    await using _lock = await lockInstance(paths, "alive", "create");
    deepEqual((await findLeftovers(paths)).sort(), [dead, doomed].sort());
    deepEqual((await sweepLeftovers(paths)).sort(), [dead, doomed].sort());
    deepEqual(await findLeftovers(paths), []);
  }
  ok(await statIfThere(alive));
  deepEqual(await sweepLeftovers(paths), [alive]);
  ok(await statIfThere(other));
  deepEqual(await instanceNames(paths), ["web"]);
});

Deno.test("sweeping beside those who create and delete takes nothing away from them", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const work = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 8; turn++) {
      await using _lock = await lockInstance(paths, name, "test");
      const dir = await beginInstance(paths, name);
      await Deno.writeTextFile(join(dir, "one"), "1");
      await Deno.writeTextFile(join(dir, "two"), "2");
      await publishInstance(paths, dir, name);
      equal(await Deno.readTextFile(join(paths.instances, name, "one")), "1");
      await removeInstance(paths, name);
    }
  };
  let done = false;
  const sweeper = (async () => {
    while (!done) await sweepLeftovers(paths);
  })();
  try {
    await Promise.all(["a", "b", "c"].map(work));
  } finally {
    done = true;
    await sweeper;
  }
  deepEqual(await sweepLeftovers(paths), []);
});

Deno.test("names that lead elsewhere reach no file there", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await Deno.mkdir(paths.locks, { recursive: true });
  const stranger = join(paths.data, "x.lock");
  await Deno.writeTextFile(stranger, "mine");
  for (const name of ["../../x", "../locks", "", "."]) {
    await rejects(lockInstance(paths, name, "test"), { code: "invalid-name" });
    await rejects(instanceExists(paths, name), { code: "invalid-name" });
  }
  equal(await Deno.readTextFile(stranger), "mine");
});

Deno.test("lockInstance() can be interrupted while it waits", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  await using _lock = await lockInstance(paths, "web", "stop");
  const waiting = lockInstance(paths, "web", "start", AbortSignal.timeout(30));
  await rejects(waiting, { code: "interrupted" });
});
