import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { statIfThere } from "../atomic.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";
import { clearSocketPlace, holdSocketPlace, type SocketPlace } from "./socket_place.ts";

function place(directory: string, name: string): SocketPlace {
  return {
    qmpSocket: join(directory, `${name}.qmp`),
    consoleSocket: join(directory, `${name}.con`),
  };
}

Deno.test("the directory of the sockets is the user's own, and goes with the last of them", async () => {
  await using temp = await makeTempDir();
  const directory = join(temp.path, "cubic-1");
  const [one, two] = [place(directory, "one"), place(directory, "two")];
  await holdSocketPlace(one);
  await holdSocketPlace(two);
  equal((await Deno.stat(directory)).mode! & 0o777, 0o700);
  // What a killed QEMU left is no obstacle.
  await holdSocketPlace(one);
  await clearSocketPlace(one);
  const left = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  deepEqual(left.sort(), ["two.con", "two.qmp"]);
  await clearSocketPlace(two);
  equal(await statIfThere(directory), undefined);
  await clearSocketPlace(two);
});

Deno.test("places that come and go at once find or make their directory", async () => {
  await using temp = await makeTempDir();
  const directory = join(temp.path, "cubic-1");
  const live = async (name: string): Promise<void> => {
    const own = place(directory, name);
    for (let round = 0; round < 50; round++) {
      await holdSocketPlace(own);
      for (const path of Object.values(own)) equal((await Deno.stat(path)).size, 0);
      await clearSocketPlace(own);
    }
  };
  await Promise.all(["a", "b", "c", "d"].map(live));
  equal(await statIfThere(directory), undefined);
});

Deno.test("a directory of another name or owner is let alone", async () => {
  await using temp = await makeTempDir();
  const own = place(temp.path, "one");
  await holdSocketPlace(own);
  await clearSocketPlace(own);
  deepEqual(await Array.fromAsync(Deno.readDir(temp.path)), []);
  const file = join(temp.path, "cubic-1");
  await Deno.writeTextFile(file, "somebody's");
  await rejects(holdSocketPlace(place(file, "one")), { code: "failed" });
  equal(await Deno.readTextFile(file), "somebody's");
});
