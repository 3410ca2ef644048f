import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { makeTempDir } from "../../tests/support/temp_dir.ts";
import { findExtents, looksSparse } from "./holes.ts";
import { dataLength } from "./tree.ts";

Deno.test("findExtents() covers the data of a file with holes, and little else", async () => {
  await using temp = await makeTempDir();
  const path = join(temp.path, "it's sparse 🙂");
  const size = 64 * 2 ** 20;
  const places = [0, 10 * 2 ** 20, size - 4096];
  {
    using file = await Deno.open(path, { createNew: true, write: true });
    await file.truncate(size);
    for (const place of places) {
      await file.seek(place, Deno.SeekMode.Start);
      await file.write(new Uint8Array(4096).fill(7));
    }
  }
  const extents = findExtents(path, size);
  for (const place of places) {
    ok(extents.some(({ offset, length }) => offset <= place && offset + length >= place + 4096));
  }
  ok(dataLength(extents) < 2 ** 20, JSON.stringify(extents));
  equal(looksSparse(size, (await Deno.stat(path)).blocks), true);
});

Deno.test("findExtents() of all hole is nothing, and of a file that is gone the whole", async () => {
  await using temp = await makeTempDir();
  const path = join(temp.path, "f");
  await Deno.writeTextFile(path, "");
  await Deno.truncate(path, 2 ** 20);
  deepEqual(findExtents(path, 2 ** 20), []);
  deepEqual(findExtents(join(temp.path, "none"), 5), [{ offset: 0, length: 5 }]);
  deepEqual(findExtents(path, 0), []);
});
