import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { statIfThere } from "../atomic.ts";
import { instanceFiles, type Paths } from "../paths.ts";
import { addLayer, lockLayers, readChain, sweepLayers, unusedLayers } from "./layers.ts";
import { run } from "../../tests/support/disk.ts";
import { putInstance } from "../../tests/support/instance.ts";
import { makeTempApp } from "../../tests/support/temp_app.ts";

/** An instance with a disk that stands on another file, or on none. */
async function putDisk(paths: Paths, name: string, backing?: string): Promise<string> {
  await putInstance(paths, { name });
  const { disk } = instanceFiles(paths, name);
  const base = backing === undefined ? [] : ["-u", "-F", "qcow2", "-b", backing];
  await run("qemu-img", ...["create", "-q", "-f", "qcow2", ...base, disk, "1M"]);
  return disk;
}

Deno.test("readChain() follows a disk down, and tells what is missing or can't be understood", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const base = await putDisk(paths, "base");
  const backing = await addLayer(paths, base);
  const disk = await putDisk(paths, "web", backing);
  const layer = join(disk, "..", backing);
  deepEqual(await readChain(disk), { below: [layer], whole: true });
  await Deno.rename(layer, `${layer}.away`);
  deepEqual(await readChain(disk), { below: [], missing: layer, whole: true });
  await Deno.writeTextFile(layer, "no disk");
  deepEqual(await readChain(disk), { below: [layer], whole: false });
  const loop = await putDisk(paths, "loop", "disk.qcow2");
  deepEqual(await readChain(loop), { below: [loop], whole: false });
});

Deno.test("sweepLayers() removes what no disk reaches, also through other layers, and nothing else", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const lower = await addLayer(paths, await putDisk(paths, "a"));
  const upper = await addLayer(paths, await putDisk(paths, "b", lower));
  await putDisk(paths, "web", upper);
  const stray = await addLayer(paths, await putDisk(paths, "c"));
  // A clone that was killed before it linked a disk.
  await Deno.mkdir(join(paths.layers, "empty"));
  for (const name of ["a", "b"]) {
    await Deno.remove(join(paths.instances, name), { recursive: true });
  }
  const removed = (await sweepLayers(paths)).map(({ path }) => path).sort();
  deepEqual(removed, [layerDir(paths, stray), join(paths.layers, "empty")].sort());
  deepEqual(await sweepLayers(paths), []);
  await Deno.remove(join(paths.instances, "web"), { recursive: true });
  equal((await sweepLayers(paths)).length, 2);
});

Deno.test("sweepLayers() removes nothing while there is a disk that is missing or can't be understood", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const disk = await putDisk(paths, "web");
  await addLayer(paths, disk);
  await putInstance(paths, { name: "broken" });
  await Deno.writeTextFile(instanceFiles(paths, "broken").disk, "no disk");
  deepEqual(await sweepLayers(paths), []);
  await Deno.remove(instanceFiles(paths, "broken").disk);
  // Its backup may stand on the layer.
  deepEqual(await sweepLayers(paths), []);
  equal((await unusedLayers(paths, new Set(["broken"]))).length, 1);
  await Deno.remove(instanceFiles(paths, "broken").dir, { recursive: true });
  equal((await sweepLayers(paths)).length, 1);
});

Deno.test("sweepLayers() keeps the place of a layer whose file is missing, so that it can be put back", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const backing = await addLayer(paths, await putDisk(paths, "a"));
  await putDisk(paths, "web", backing);
  await Deno.remove(join(layerDir(paths, backing), "disk.qcow2"));
  deepEqual(await sweepLayers(paths), []);
});

Deno.test("unusedLayers() counts what removing it frees: nothing while the disk has another name", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const disk = await putDisk(paths, "web");
  await addLayer(paths, disk);
  equal((await unusedLayers(paths))[0]?.bytes, 0);
  await Deno.remove(join(disk, ".."), { recursive: true });
  equal(((await unusedLayers(paths))[0]?.bytes ?? 0) > 100_000, true);
});

Deno.test("addLayer() waits until the layer, its directory and that one's name are on the disk", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const disk = await putDisk(paths, "web");
  const opened: string[] = [];
  const { open } = Deno;
  // To sync a directory it has to be opened; nothing else opens one.
  Deno.open = async (path, options) => {
    opened.push(String(path));
    return await open(path, options);
  };
  try {
    const layer = layerDir(paths, await addLayer(paths, disk));
    deepEqual(opened, [layer, paths.layers, paths.data]);
  } finally {
    Deno.open = open;
  }
});

Deno.test("one at a time changes what disks stand on", async () => {
  await using temp = await makeTempApp();
  const { paths } = temp.app;
  const layer = layerDir(paths, await addLayer(paths, await putDisk(paths, "web")));
  const lock = await lockLayers(paths, "clone");
  const aborted = AbortSignal.timeout(50);
  await rejects(lockLayers(paths, "rename", aborted), { code: "interrupted" });
  const sweeping = sweepLayers(paths);
  await new Promise((resolve) => setTimeout(resolve, 100));
  equal(await statIfThere(layer) !== undefined, true);
  await lock.release();
  equal((await sweeping).length, 1);
});

function layerDir(paths: Paths, backing: string): string {
  return join(instanceFiles(paths, "any").dir, backing, "..");
}
