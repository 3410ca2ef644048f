import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { isoImage } from "./iso9660.ts";
import { makeRandom } from "../../tests/support/random.ts";

const SECTOR = 2048;

Deno.test("isoImage() is whole sectors with a descriptor, a terminator and the label", () => {
  const image = isoImage("cidata", { "meta-data": "a", "user-data": "b" });
  equal(image.length % SECTOR, 0);
  deepEqual([...image.subarray(0, 16 * SECTOR)].filter((byte) => byte !== 0), []);
  equal(ascii(image, 16 * SECTOR, 6), "\x01CD001");
  equal(ascii(image, 16 * SECTOR + 40, 32).trimEnd(), "cidata");
  equal(ascii(image, 17 * SECTOR, 6), "\xffCD001");
  equal(new DataView(image.buffer).getUint32(16 * SECTOR + 80, true), image.length / SECTOR);
});

Deno.test("isoImage() makes the same bytes of the same files", () => {
  const files = { "meta-data": "a", "user-data": "b".repeat(5000) };
  deepEqual(isoImage("cidata", files), isoImage("cidata", files));
});

Deno.test("isoImage() gives every file an extent of its own that holds its bytes", () => {
  const random = makeRandom(7);
  const sizes = [0, 1, 2047, 2048, 2049, 4096, 70_000];
  for (let turn = 0; turn < 200; turn++) {
    const files = Object.fromEntries(
      Array.from({ length: 1 + Math.floor(random() * 12) }, (_, index) => {
        const size = sizes[Math.floor(random() * sizes.length)]!;
        const name = `n${index}-${"x".repeat(Math.floor(random() * 60))}`;
        return [name, new Uint8Array(size).fill(1 + index)];
      }),
    );
    const image = isoImage("cidata", files);
    const extents = fileExtents(image);
    equal(extents.length, Object.keys(files).length);
    const sectors = new Set<number>();
    Object.values(files).forEach((content, index) => {
      const { sector, size } = extents[index]!;
      deepEqual(image.subarray(sector * SECTOR, sector * SECTOR + size), content);
      for (let at = sector; at < sector + Math.max(1, Math.ceil(size / SECTOR)); at++) {
        ok(!sectors.has(at), `sector ${at} belongs to two files`);
        sectors.add(at);
      }
    });
  }
});

Deno.test("isoImage() fits any number of names into the directory, at every length of its last record", () => {
  for (let count = 0; count < 60; count++) {
    for (const length of [1, 2, 33, 34, 60]) {
      const files = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${index}`.padStart(length, "x"), "1"]),
      );
      equal(fileExtents(isoImage("cidata", files)).length, Object.keys(files).length);
    }
  }
});

Deno.test("isoImage() refuses a name that no directory record can hold", () => {
  throws(() => isoImage("cidata", { ["x".repeat(200)]: "" }), RangeError);
});

/** The extents in the root directory's records, but those of itself and its parent. */
function fileExtents(image: Uint8Array<ArrayBuffer>): { sector: number; size: number }[] {
  const view = new DataView(image.buffer);
  const root = 16 * SECTOR + 156;
  const begin = view.getUint32(root + 2, true) * SECTOR;
  const end = begin + view.getUint32(root + 10, true);
  const extents: { sector: number; size: number }[] = [];
  for (let at = begin; at < end;) {
    const length = view.getUint8(at);
    // Records do not cross sectors: a zero means that the rest of this one is empty.
    if (length === 0) {
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    ok(at % SECTOR + length <= SECTOR, "a record crosses a sector's end");
    equal(view.getUint32(at + 2, true), view.getUint32(at + 6, false));
    equal(view.getUint32(at + 10, true), view.getUint32(at + 14, false));
    extents.push({ sector: view.getUint32(at + 2, true), size: view.getUint32(at + 10, true) });
    at += length;
  }
  return extents.slice(2);
}

function ascii(image: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...image.subarray(offset, offset + length));
}
