import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { isCubicError } from "../errors.ts";
import { acquireLock, tryAcquireLock } from "../lock.ts";
import { ensureImage } from "./ensure.ts";
import { partialLock } from "./obtain.ts";
import { addImage, listImages } from "./store.ts";
import { qcow2Bytes, recorded, testApp } from "../../tests/support/images.ts";

type TestApp = Awaited<ReturnType<typeof testApp>>;

interface Vendor extends AsyncDisposable {
  readonly base: string;
  /** Paths asked for so far. */
  readonly asked: string[];
  /** What the image is; the list follows unless `listed` says otherwise. */
  image: Uint8Array<ArrayBuffer>;
  listed: Uint8Array<ArrayBuffer> | undefined;
}

/** A vendor's server with one image, `debian:bookworm:amd64`, which it sends slowly. */
function vendor(): Vendor {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      if (pathname === "/SHA256SUMS") {
        const digest = createHash("sha256").update(state.listed ?? state.image).digest("hex");
        return new Response(`${digest}  debian-12-amd64.qcow2\n`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (pathname === "/debian-12-amd64.qcow2") return new Response(state.image);
      return new Response("", { status: 404 });
    },
  );
  const state: Vendor = {
    base: `http://127.0.0.1:${server.addr.port}`,
    asked,
    image: qcow2Bytes(8192, 1),
    listed: undefined,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return state;
}

async function appFor(base: string): Promise<TestApp> {
  return await testApp({ config: { mirror: { debian: base } } });
}

Deno.test("whoever downloads holds the lock of the partial file, and waits for it", async () => {
  await using server = vendor();
  await using app = await appFor(server.base);
  const digest = createHash("sha256").update(server.image).digest("hex");
  const name = partialLock(`sha256-${digest}.part`);
  const pruning = await acquireLock(app.paths, name);
  const fetching = ensureImage(app, "debian:12", recorded());
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert(!server.asked.includes("/debian-12-amd64.qcow2"));
  await pruning.release();
  while (!server.asked.includes("/debian-12-amd64.qcow2")) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // The server takes its time to answer.
  assert.equal(await tryAcquireLock(app.paths, name), undefined);
  await fetching;
  await using _free = await acquireLock(app.paths, name);
});

Deno.test("an image is fetched once and then needs no network", async () => {
  await using server = vendor();
  await using app = await appFor(server.base);
  const image = await ensureImage(app, "debian:12", recorded());
  assert.equal(image.verified, "checksum");
  assert.equal(image.source, `${server.base}/debian-12-amd64.qcow2`);
  assert.deepEqual(await Deno.readFile(image.path), server.image);
  const asked = server.asked.length;
  for (const name of ["debian:12", "debian:bookworm", "deb:oldstable", "debian:12:amd64"]) {
    assert.equal((await ensureImage(app, name, recorded())).path, image.path);
  }
  assert.equal(server.asked.length, asked);
});

Deno.test("an image that was built here is found by name, without network", async () => {
  await using app = await testApp();
  const bytes = qcow2Bytes();
  const file = `${app.dir}/built`;
  await Deno.writeFile(file, bytes);
  const built = await addImage(app.paths, {
    file,
    checksum: { algorithm: "sha256", digest: createHash("sha256").update(bytes).digest("hex") },
    now: 1,
    facts: {
      names: ["debian:trixie:amd64", "debian:13:amd64"],
      distro: "debian",
      release: "trixie",
      version: "13",
      arch: "amd64",
      source: "built",
      verified: "built",
    },
  });
  assert.deepEqual(await ensureImage(app, "debian", recorded()), built);
});

Deno.test("two at once transfer it once", async () => {
  await using server = vendor();
  await using app = await appFor(server.base);
  const images = await Promise.all(
    [1, 2, 3].map(() => ensureImage(app, "debian:12", recorded())),
  );
  assert.equal(new Set(images.map(({ path }) => path)).size, 1);
  assert.equal(server.asked.filter((path) => path.endsWith(".qcow2")).length, 1);
});

Deno.test("a wrong digest is refused and nothing shows", async () => {
  await using server = vendor();
  server.listed = qcow2Bytes(8192, 9);
  await using app = await appFor(server.base);
  await assert.rejects(
    ensureImage(app, "debian:12", recorded()),
    (error) => isCubicError(error, "image-corrupt"),
  );
  assert.deepEqual(await listImages(app.paths), { images: [], broken: [] });
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${app.paths.cache}/downloads`)), []);
});

Deno.test("refresh fetches what the name means now; the old image stays", async () => {
  await using server = vendor();
  await using app = await appFor(server.base);
  const old = await ensureImage(app, "debian:12", recorded());
  const same = await ensureImage(app, "debian:12", recorded(), { refresh: true });
  assert.equal(same.path, old.path);
  assert.equal(server.asked.filter((path) => path.endsWith(".qcow2")).length, 1);
  server.image = qcow2Bytes(8192, 2);
  const current = await ensureImage(app, "debian:12", recorded(), { refresh: true });
  assert.notEqual(current.path, old.path);
  assert.equal((await ensureImage(app, "debian:12", recorded())).path, current.path);
  await Deno.stat(old.path);
});

Deno.test("a vendor without the release or the list says what is missing", async () => {
  await using server = vendor();
  await using app = await appFor(server.base);
  await assert.rejects(ensureImage(app, "debian:13", recorded()), (error) => {
    assert(isCubicError(error, "image-not-found"));
    assert.match(error.message, /debian:trixie:amd64.*no debian-13-amd64\.qcow2/);
    return true;
  });
  await using empty = await appFor(`${server.base}/nowhere`);
  await assert.rejects(ensureImage(empty, "debian:12", recorded()), (error) => {
    assert(isCubicError(error, "image-not-found"));
    assert.match(error.message, /the server answered 404/);
    return true;
  });
});

Deno.test("an unreachable vendor names the ways around it", async () => {
  await using app = await appFor("http://127.0.0.1:1");
  await assert.rejects(ensureImage(app, "debian:12", recorded()), (error) => {
    assert(isCubicError(error, "network"));
    assert.match(error.hint ?? "", /config set mirror\.debian.*\n.*cubic image build debian/);
    return true;
  });
});

Deno.test("a release whose support is over is warned of when it is downloaded", async () => {
  await using server = vendor();
  await using app = await appFor(server.base);
  const [debian] = app.distros;
  const release = { version: "12", endOfLife: "2020-01-01", arches: ["amd64"] } as const;
  const ended = { ...debian!, releases: () => Promise.resolve([release]) };
  const operation = recorded();
  await ensureImage({ ...app, distros: [ended] }, "debian:12", operation);
  const warnings = operation.events.filter(({ kind }) => kind === "warning");
  assert.match(JSON.stringify(warnings), /Support of Debian 12 ended on 2020-01-01/);
});
