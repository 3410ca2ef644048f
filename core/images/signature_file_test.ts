import assert from "node:assert/strict";
import { join } from "node:path";
import * as openpgp from "openpgp";
import {
  BEFORE,
  bytesOf,
  IMAGE,
  KEY_URL,
  keyFile,
  makeSigner,
  makeVendor,
  SIGNATURE_URL,
  signDetached,
  type Signer,
  signOddly,
} from "../../tests/support/openpgp.ts";
import { verifyImageSignature } from "./signature.ts";
import type { Verified } from "./signature_check.ts";

async function verify(
  signer: Signer,
  content: Uint8Array,
  signature: Uint8Array,
  signal = new AbortController().signal,
): Promise<Verified> {
  await using vendor = await makeVendor({
    [SIGNATURE_URL]: signature,
    [KEY_URL]: keyFile([signer]),
  });
  const path = join(vendor.dir, "image");
  await Deno.writeFile(path, content);
  return await verifyImageSignature(vendor, {
    distro: "acme",
    image: IMAGE,
    path,
    signature: {
      signs: "image",
      detached: SIGNATURE_URL,
      keys: [{ fingerprint: signer.fingerprint, url: KEY_URL }],
    },
  }, signal);
}

const wrong = (message: RegExp): { code: string; message: RegExp } => ({
  code: "signature-wrong",
  message,
});

/** More than one chunk of the file, and not a whole number of them. */
const content = new Uint8Array(2_500_001).map((_, index) => index % 251);

Deno.test("an image signed by a pinned key is good, whatever key and digest", async () => {
  const { sha256, sha384, sha512, sha3_256, sha3_512 } = openpgp.enums.hash;
  const signers = [await makeSigner({ rsaBits: 2048 }), await makeSigner({ subkey: "signs" })];
  for (const signer of signers) {
    const verified = await verify(signer, content, await signDetached(signer, content));
    assert.deepEqual(verified, {
      fingerprint: signer.fingerprint,
      signer: "Vendor <vendor@example.org>",
      signed: BEFORE.toISOString(),
    });
    for (const hash of [sha256, sha384, sha512, sha3_256, sha3_512]) {
      const signature = await signOddly(signer.secret.keyPacket, content, { hash });
      // The primary key signs here, which it may in both cases.
      assert.equal((await verify(signer, content, signature)).fingerprint, signer.fingerprint);
    }
  }
});

Deno.test("an image that differs in one byte, its end or its length is refused", async () => {
  const signer = await makeSigner();
  const signature = await signDetached(signer, content);
  for (const at of [0, 1_048_575, 1_048_576, content.length - 1]) {
    const changed = content.map((byte, index) => index === at ? byte ^ 1 : byte);
    await assert.rejects(verify(signer, changed, signature), wrong(/does not fit/));
  }
  await assert.rejects(verify(signer, content.subarray(1), signature), wrong(/does not fit/));
  await assert.rejects(verify(signer, new Uint8Array(), signature), wrong(/does not fit/));
});

Deno.test("no byte of an image's signature can be changed", async () => {
  const signer = await makeSigner();
  const small = bytesOf("an image");
  const signature = await signDetached(signer, small);
  await verify(signer, small, signature);
  for (let at = 0; at < signature.length; at++) {
    const mask = 1 << Math.floor(Math.random() * 8);
    const changed = signature.map((byte, index) => index === at ? byte ^ mask : byte);
    await assert.rejects(verify(signer, small, changed), { code: "signature-wrong" }, `${at}`);
  }
});

Deno.test("an image's signature over text, with a weak digest, expired or by a stranger is refused", async () => {
  const [signer, stranger] = [await makeSigner({ rsaBits: 2048 }), await makeSigner()];
  const { hash, signature } = openpgp.enums;
  const key = signer.secret.keyPacket;
  // In a text without line ends the two kinds hash the same bytes.
  const text = bytesOf("an image");
  const overText = await signOddly(key, text, { type: signature.text });
  await assert.rejects(verify(signer, text, overText), wrong(/does not fit/));
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [await signOddly(key, content, { hash: hash.sha1 }), /weak method/],
    [await signOddly(key, content, { hash: hash.md5 }), /weak method/],
    [await signOddly(key, content, { lifetime: 1 }), /has expired/],
    [await signDetached(stranger, content), /acme does not name/],
  ];
  for (const [signature, message] of cases) {
    await assert.rejects(verify(signer, content, signature), wrong(message));
  }
});

Deno.test("an interrupt ends the reading of an image", async () => {
  const signer = await makeSigner();
  const signature = await signDetached(signer, content);
  await assert.rejects(verify(signer, content, signature, AbortSignal.abort()), {
    code: "interrupted",
  });
});

Deno.test("memory does not grow with the image", async () => {
  const signer = await makeSigner();
  await using vendor = await makeVendor({
    [SIGNATURE_URL]: await signDetached(signer, bytesOf("another image")),
    [KEY_URL]: keyFile([signer]),
  });
  const path = join(vendor.dir, "image");
  // A hole of this size costs no disk.
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, 256 * 1024 * 1024);
  const request = {
    distro: "acme",
    image: IMAGE,
    path,
    signature: {
      signs: "image",
      detached: SIGNATURE_URL,
      keys: [{ fingerprint: signer.fingerprint, url: KEY_URL }],
    },
  } as const;
  const before = Deno.memoryUsage().rss;
  let most = 0;
  const timer = setInterval(() => most = Math.max(most, Deno.memoryUsage().rss), 5);
  const { signal } = new AbortController();
  await assert.rejects(verifyImageSignature(vendor, request, signal), wrong(/does not fit/));
  clearInterval(timer);
  assert.ok(most > 0 && most - before < 150e6, `${most - before} bytes more`);
});
