import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isCubicError } from "../errors.ts";
import { type ImageFacts, parseSidecar, type StoredImage } from "./sidecar.ts";
import { addImage, findImage, listImages, removeImage, removeImageLeftovers } from "./store.ts";
import { qcow2Bytes, testApp } from "../../tests/support/images.ts";

type TestApp = Awaited<ReturnType<typeof testApp>>;

const FACTS: ImageFacts = {
  names: ["debian:bookworm:amd64", "debian:12:amd64"],
  distro: "debian",
  release: "bookworm",
  codename: "bookworm",
  version: "12",
  arch: "amd64",
  source: "built",
  verified: "built",
};

async function add(
  app: TestApp,
  bytes: Uint8Array,
  facts: ImageFacts = FACTS,
  now = 1000,
): Promise<StoredImage> {
  const file = join(app.dir, "incoming");
  await Deno.writeFile(file, bytes);
  const digest = createHash("sha256").update(bytes).digest("hex");
  return await addImage(app.paths, { file, checksum: { algorithm: "sha256", digest }, facts, now });
}

Deno.test("a stored image is found by each of its names, read-only and named by its digest", async () => {
  await using app = await testApp();
  const stored = await add(app, qcow2Bytes());
  assert.deepEqual(await findImage(app.paths, "debian:12:amd64"), stored);
  assert.deepEqual(await findImage(app.paths, "debian:bookworm:amd64"), stored);
  assert.equal(await findImage(app.paths, "debian:trixie:amd64"), undefined);
  assert.equal(stored.virtualSize, 2 * 1024 ** 3);
  assert.equal(stored.size, 4096);
  assert.equal((await Deno.stat(stored.path)).mode! & 0o777, 0o444);
  assert.match(stored.path, new RegExp(`/sha256-${stored.checksum.digest}\\.qcow2$`));
});

Deno.test("a name that moves points to the newer image, and the old file stays", async () => {
  await using app = await testApp();
  const old = await add(app, qcow2Bytes(4096, 1), FACTS, 1000);
  const current = await add(app, qcow2Bytes(4096, 2), FACTS, 2000);
  assert.equal((await findImage(app.paths, "debian:12:amd64"))?.path, current.path);
  await Deno.stat(old.path);
  const { images } = await listImages(app.paths);
  assert.deepEqual(images.map(({ names }) => names), [FACTS.names, []]);
});

Deno.test("the same digest twice is one image with both sets of names", async () => {
  await using app = await testApp();
  await add(app, qcow2Bytes());
  const again = await add(app, qcow2Bytes(), { ...FACTS, names: ["debian:stable:amd64"] }, 5000);
  const { images } = await listImages(app.paths);
  assert.equal(images.length, 1);
  assert.deepEqual(again.names, ["debian:stable:amd64", ...FACTS.names]);
  assert.deepEqual((await Array.fromAsync(Deno.readDir(app.dir))).map(({ name }) => name), [
    "home",
  ]);
});

Deno.test("a broken sidecar is reported and the others are listed", async () => {
  await using app = await testApp();
  const stored = await add(app, qcow2Bytes());
  await Deno.writeTextFile(join(app.paths.images, `sha256-${"0".repeat(64)}.json`), "{ no");
  await Deno.writeTextFile(join(app.paths.images, `sha256-${"1".repeat(64)}.json`), "[]");
  const { images, broken } = await listImages(app.paths);
  assert.deepEqual(images, [stored]);
  assert.equal(broken.length, 2);
});

Deno.test("a sidecar without its image is no image", async () => {
  await using app = await testApp();
  const stored = await add(app, qcow2Bytes());
  await Deno.remove(stored.path);
  assert.equal(await findImage(app.paths, "debian:12:amd64"), undefined);
  assert.match((await listImages(app.paths)).broken[0]?.reason ?? "", /does not exist/);
});

Deno.test("only a complete qcow2 image gets in", async () => {
  await using app = await testApp();
  const external = qcow2Bytes();
  external[15] = 1; // the offset of a backing file's name
  for (const bytes of [new Uint8Array(4096), new TextEncoder().encode("<html>"), external]) {
    await assert.rejects(add(app, bytes), (error) => isCubicError(error, "image-corrupt"));
  }
  assert.deepEqual((await listImages(app.paths)).images, []);
});

Deno.test("removing takes file and sidecar; leftovers of killed copies go too", async () => {
  await using app = await testApp();
  await removeImage(await add(app, qcow2Bytes()));
  await Deno.writeTextFile(join(app.paths.images, ".incoming-1"), "part");
  assert.equal((await removeImageLeftovers(app.paths)).length, 1);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(app.paths.images)), []);
});

Deno.test("whatever is cut from or changed in a sidecar, it is read or refused, never a crash", () => {
  const digest = "a".repeat(64);
  const good = JSON.stringify({
    ...FACTS,
    schema: 1,
    size: 1,
    virtualSize: 2,
    created: "2026-01-01T00:00:00.000Z",
  });
  assert.equal(parseSidecar(good, `sha256-${digest}`).release, "bookworm");
  for (let index = 0; index < good.length; index++) {
    for (const text of [good.slice(0, index), good.slice(0, index) + "7" + good.slice(index + 1)]) {
      try {
        parseSidecar(text, `sha256-${digest}`);
      } catch (error) {
        assert(isCubicError(error, "image-corrupt"), String(error));
      }
    }
  }
});
