import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { ensureDir, statIfThere } from "../atomic.ts";
import { downloads, partialLock } from "../images/obtain.ts";
import { acquireLock, tryAcquireLock } from "../lock.ts";
import { makeOperation, makeTempApp } from "../../tests/support/temp_app.ts";
import { cachePruner } from "./prune_cache.ts";

const NONE = new Set<string>();

Deno.test("prune holds the lock of what it removes until all of it is gone", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const path = join(downloads(app), "sha256-aa.part");
  await ensureDir(downloads(app));
  await Deno.writeTextFile(path, "part");
  for (let file = 0; file < 500; file++) await Deno.writeTextFile(`${path}.${file}`, "");
  let over = false;
  const removing = cachePruner.remove(app, path, makeOperation().operation)
    .finally(() => over = true);
  let looks = 0;
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    // Not before it has begun: it would find the lock taken.
    if (await statIfThere(path)) continue;
    looks++;
    await using lock = await tryAcquireLock(app.paths, partialLock(path));
    if (lock) deepEqual(await Array.fromAsync(Deno.readDir(downloads(app))), []);
  }
  deepEqual([await removing, looks > 0], [true, true]);
});

Deno.test("prune leaves the files of a build alone that goes on", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation } = makeOperation();
  const path = join(app.paths.cache, "apt");
  await ensureDir(path);
  {
    await using _lock = await acquireLock(app.paths, "image-build");
    equal(await cachePruner.remove(app, path, operation), false);
  }
  equal(await cachePruner.remove(app, path, operation), true);
  equal(await statIfThere(path), undefined);
});

Deno.test("prune leaves a partial download alone that somebody goes on with, and no other", async () => {
  await using temp = await makeTempApp();
  const { app } = temp;
  const { operation } = makeOperation();
  const [busy, idle] = ["sha256-aa", "sha256-ab"].map((name) =>
    join(downloads(app), `${name}.part`)
  ) as [string, string];
  await ensureDir(downloads(app));
  for (const path of [busy, idle, `${idle}.map`]) await Deno.writeTextFile(path, "part");
  {
    await using _lock = await acquireLock(app.paths, partialLock(busy));
    deepEqual((await cachePruner.find(app, NONE)).map(({ name }) => name), [idle]);
    equal(await cachePruner.remove(app, busy, operation), false);
    equal(await cachePruner.remove(app, idle, operation), true);
  }
  const left = (await Array.fromAsync(Deno.readDir(downloads(app)))).map(({ name }) => name);
  deepEqual(left, ["sha256-aa.part"]);
  equal(await cachePruner.remove(app, idle, operation), false);
});
