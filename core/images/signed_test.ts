import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { App } from "../app.ts";
import { CubicError, type ErrorCode } from "../errors.ts";
import type { Distro, Signature } from "../../plugins/contract.ts";
import { checksumOf } from "../../plugins/kit.ts";
import { ensureImage, type EnsureOptions } from "./ensure.ts";
import { listImages } from "./store.ts";
import type { StoredImage } from "./sidecar.ts";
import {
  bytesOf,
  clearSign,
  keyFile,
  makeSigner,
  signDetached,
  type Signer,
} from "../../tests/support/openpgp.ts";
import { builtInForTests, qcow2Bytes, recorded, testApp } from "../../tests/support/images.ts";

const IMAGE = qcow2Bytes(8192, 7);
const FILE = "debian-12-amd64.qcow2";
const LIST = `${createHash("sha256").update(IMAGE).digest("hex")}  ${FILE}\n`;
const signer = await makeSigner();

type Files = Record<string, Uint8Array | string>;

interface Scene extends AsyncDisposable {
  readonly app: App;
  readonly files: Files;
  pull(options?: EnsureOptions): Promise<StoredImage>;
  /** The texts of the warnings so far. */
  readonly warnings: string[];
}

/** A vendor with one image, who signs as told; `pinned` is whose key the distro names. */
async function makeScene(
  files: Files,
  sign: (base: string) => Record<string, string> | undefined,
  pinned: Signer = signer,
): Promise<Scene> {
  const published: Files = { [FILE]: IMAGE, "key.asc": keyFile([signer]), ...files };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const file = published[new URL(request.url).pathname.slice(1)];
    return file === undefined ? new Response("", { status: 404 }) : new Response(file as BodyInit);
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  const keys = [{ fingerprint: pinned.fingerprint, url: `${base}/key.asc` }];
  const signature = sign(base);
  const distro: Distro = {
    ...builtInForTests[0]!,
    baseUrl: base,
    async image(ctx) {
      return {
        url: `${base}/${FILE}`,
        format: "qcow2",
        checksum: checksumOf(await ctx.fetchText(`${base}/LIST`), FILE),
        ...(signature && { signature: { ...signature, keys } as unknown as Signature }),
      };
    },
  };
  const app = await testApp({ distros: [distro] });
  const operation = recorded();
  return {
    app,
    files: published,
    pull: (options = {}) => ensureImage(app, "debian:12", operation, options),
    get warnings() {
      return operation.events.flatMap((event) => event.kind === "warning" ? [event.text] : []);
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await app[Symbol.asyncDispose]();
    },
  };
}

const detached = (base: string): Record<string, string> => ({
  signs: "checksums",
  list: `${base}/LIST`,
  detached: `${base}/LIST.sig`,
});
const clear = (base: string): Record<string, string> => ({
  signs: "checksums",
  list: `${base}/LIST`,
});
const overImage = (base: string): Record<string, string> => ({
  signs: "image",
  detached: `${base}/${FILE}.sig`,
});

async function refused(scene: Scene, code: ErrorCode, options: EnsureOptions = {}): Promise<void> {
  await assert.rejects(scene.pull(options), (error) => {
    assert(error instanceof CubicError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
  assert.deepEqual((await listImages(scene.app.paths)).images, [], "an image is visible");
}

const signedWays: [string, () => Promise<Files>, typeof detached][] = [
  ["a detached signature of its list", async () => ({
    LIST,
    "LIST.sig": await signDetached(signer, bytesOf(LIST)),
  }), detached],
  ["a clear-signed list", async () => ({ LIST: await clearSign(signer, LIST) }), clear],
  ["a signature over the image", async () => ({
    LIST,
    [`${FILE}.sig`]: await signDetached(signer, IMAGE),
  }), overImage],
];

for (const [what, files, sign] of signedWays) {
  Deno.test(`an image is verified by ${what}, and says by whom`, async () => {
    await using scene = await makeScene(await files(), sign);
    const image = await scene.pull({ requireSignature: true });
    assert.equal(image.verified, "signature");
    assert.equal(image.signature?.fingerprint, signer.fingerprint);
    assert.match(image.signature?.signer ?? "", /Vendor/);
    assert.deepEqual(scene.warnings, []);
  });

  Deno.test(`${what} by another key is refused, whatever is required`, async () => {
    const other = await makeSigner({ name: "Somebody else" });
    await using scene = await makeScene(await files(), sign, other);
    // The vendor's URL has a key, and it is not the pinned one.
    await refused(scene, "signature-wrong");
    await refused(scene, "signature-wrong", { requireSignature: true });
  });
}

Deno.test("a list that was changed after it was signed is refused", async () => {
  const forged = LIST.replace(/^./, (digit) => digit === "0" ? "1" : "0");
  const files = { LIST: forged, "LIST.sig": await signDetached(signer, bytesOf(LIST)) };
  await using scene = await makeScene(files, detached);
  await refused(scene, "signature-wrong");
});

Deno.test("a signature of another image is refused and its download not kept", async () => {
  const files = { LIST, [`${FILE}.sig`]: await signDetached(signer, qcow2Bytes(4096, 1)) };
  await using scene = await makeScene(files, overImage);
  await refused(scene, "signature-wrong");
  // The vendor puts it right: the second try works.
  scene.files[`${FILE}.sig`] = await signDetached(signer, IMAGE);
  assert.equal((await scene.pull()).verified, "signature");
});

Deno.test("a signature that can't be had is a warning, or an error when it is required", async () => {
  await using scene = await makeScene({ LIST }, detached);
  await refused(scene, "signature-missing", { requireSignature: true });
  const image = await scene.pull();
  assert.equal(image.verified, "checksum");
  assert.match(scene.warnings.join("\n"), /the checksum alone has to do/);
  // What is stored does not do either, now that a signature is required.
  await assert.rejects(scene.pull({ requireSignature: true }), /signature/);
  scene.files["LIST.sig"] = await signDetached(signer, bytesOf(LIST));
  assert.equal((await scene.pull({ requireSignature: true })).verified, "signature");
});

Deno.test("an image that nobody signs is never said to be signed", async () => {
  await using scene = await makeScene({ LIST }, () => undefined);
  await refused(scene, "signature-missing", { requireSignature: true });
  assert.equal((await scene.pull()).verified, "checksum");
  assert.deepEqual(scene.warnings, []);
});
