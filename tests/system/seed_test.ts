import { deepEqual, equal } from "node:assert/strict";
import { isoImage } from "../../core/cloudinit/iso9660.ts";
import { seedFiles, seedImage } from "../../core/cloudinit/seed.ts";
import { isoFaults, readIso } from "../support/iso.ts";
import { makeRandom } from "../support/random.ts";
import { sampleSeed } from "../support/seed_request.ts";

const SIZES = [0, 1, 2047, 2048, 2049, 70_000];

Deno.test("xorriso reads documents of every awkward size back, in every order of the two", async () => {
  for (const first of SIZES) {
    for (const second of SIZES) {
      await roundTrip({ "meta-data": noise(first, 1), "user-data": noise(second, 2) });
    }
  }
});

Deno.test("xorriso reads three documents back in all their orders", async () => {
  const names = ["meta-data", "user-data", "network-config"];
  const sizes = [2048, 70_000, 0];
  for (const [a, b, c] of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    await roundTrip(Object.fromEntries(
      [a!, b!, c!].map((index) => [names[index]!, noise(sizes[index]!, index)]),
    ));
  }
});

Deno.test("xorriso reads 40 files back, and names beyond ASCII", async () => {
  await roundTrip(Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`file-${index}`, noise(index * 517, index)]),
  ));
  await roundTrip({
    "über-größe.txt": noise(100, 1),
    "日本語": noise(2048, 2),
    "\u{1f427}": noise(1, 3),
    "a name with spaces": noise(0, 4),
    "UPPER and lower": noise(3, 5),
    ["long-".repeat(20)]: noise(5, 6),
  });
});

Deno.test("xorriso reads an image with nothing in it", async () => {
  await roundTrip({});
});

Deno.test("the seed as xorriso reads it is the seed as it was meant, however long the command", async () => {
  for (const length of [...SIZES, 1300, 1400, 1500]) {
    const request = sampleSeed({ execute: "x".repeat(length) });
    const { label, files } = await readIso(seedImage(request));
    equal(label, "cidata");
    const text = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
    );
    deepEqual(text, { ...seedFiles(request) });
  }
});

async function roundTrip(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const image = isoImage("cidata", files);
  const read = await readIso(image);
  equal(read.label, "cidata");
  deepEqual(Object.keys(read.files).sort(), Object.keys(files).sort());
  for (const [name, content] of Object.entries(files)) deepEqual(read.files[name], content, name);
  deepEqual(await isoFaults(image), []);
}

function noise(size: number, seed: number): Uint8Array {
  const random = makeRandom(seed);
  return Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
}
