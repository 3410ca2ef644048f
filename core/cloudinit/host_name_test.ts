import { deepEqual, equal, ok } from "node:assert/strict";
import { withHostName } from "./host_name.ts";
import { isoImage } from "./iso9660.ts";
import { isoFiles } from "./iso9660_read.ts";
import { seedFiles, seedImage } from "./seed.ts";
import { readIso } from "../../tests/support/iso.ts";
import { makeRandom } from "../../tests/support/random.ts";
import { sampleSeed } from "../../tests/support/seed_request.ts";

Deno.test("withHostName() changes the name and nothing else, as xorriso reads it", async () => {
  const changed = withHostName(seedImage(sampleSeed({ execute: "x".repeat(5000) })), "www");
  ok(changed);
  const { label, files } = await readIso(changed);
  equal(label, "cidata");
  const text = (name: string): string => new TextDecoder().decode(files[name]);
  const before = seedFiles(sampleSeed({ execute: "x".repeat(5000) }));
  deepEqual(JSON.parse(text("meta-data")), {
    "instance-id": sampleSeed().instanceId,
    "local-hostname": "www",
  });
  deepEqual(Object.keys(files).sort(), Object.keys(before).sort());
  equal(text("user-data"), before["user-data"]);
  equal(text("network-config"), before["network-config"]);
});

Deno.test("withHostName() leaves a seed alone that has the name, and what is no seed of ours", () => {
  equal(withHostName(seedImage(sampleSeed()), sampleSeed().hostName), undefined);
  equal(withHostName(isoImage("cidata", { "user-data": "x" }), "www"), undefined);
  equal(withHostName(isoImage("cidata", { "meta-data": "local-hostname: web" }), "www"), undefined);
  equal(withHostName(new Uint8Array(100), "www"), undefined);
});

Deno.test("isoFiles() reads back what isoImage() wrote, whatever the sizes and names", () => {
  const random = makeRandom(7);
  for (const sizes of [[], [0], [1, 2047, 2048, 2049, 70_000], Array<number>(60).fill(5)]) {
    const files = Object.fromEntries(
      sizes.map((size, index) => [
        `${"name-".repeat(8)}${index}`,
        Uint8Array.from({ length: size }, () => random() * 256),
      ]),
    );
    deepEqual({ ...isoFiles(isoImage("cidata", files)) }, files);
  }
});

Deno.test("isoFiles() takes no garbage for an image", () => {
  const random = makeRandom(9);
  const image = seedImage(sampleSeed());
  equal(isoFiles(image.subarray(0, 30_000)), undefined);
  equal(isoFiles(image.slice(0, image.length - 4096)), undefined);
  for (let round = 0; round < 200; round++) {
    const damaged = image.slice();
    // Within descriptor and directory: whatever comes of it, it ends and does not throw.
    for (let flips = 0; flips < 20; flips++) {
      damaged[32_768 + Math.floor(random() * 12_000)] = random() * 256;
    }
    isoFiles(damaged);
  }
});
