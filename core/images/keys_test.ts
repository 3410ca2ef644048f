import assert from "node:assert/strict";
import { join } from "node:path";
import * as openpgp from "openpgp";
import {
  BEFORE,
  bytesOf,
  DAY,
  keyFile,
  makeSigner,
  makeVendor,
  type Signer,
  signerOf,
  type Vendor,
} from "../../tests/support/openpgp.ts";
import { importUserKey } from "./keys_import.ts";
import { type KeyRing, loadKeys, userKeyFile } from "./keys.ts";
import { MAX_KEY_FILE } from "./keys_read.ts";

const url = "https://vendor.invalid/keys";

const fingerprints = ({ keys }: KeyRing): string[] =>
  keys.map((key) => key.getFingerprint().toUpperCase());

const pinned = (signer: Signer): { fingerprint: string; url: string } => ({
  fingerprint: signer.fingerprint,
  url,
});

const cacheFile = ({ paths }: Vendor, { fingerprint }: Signer): string =>
  join(paths.cache, "keys", `${fingerprint}.asc`);

Deno.test("a key is fetched once, kept, and asked for again after a week", async () => {
  const signer = await makeSigner();
  await using vendor = await makeVendor({ [url]: keyFile([signer]) });
  assert.deepEqual(fingerprints(await loadKeys(vendor, [pinned(signer)])), [signer.fingerprint]);
  assert.deepEqual(fingerprints(await loadKeys(vendor, [pinned(signer)])), [signer.fingerprint]);
  assert.equal(vendor.requests.length, 1);
  vendor.clock.now += 8 * DAY;
  await loadKeys(vendor, [pinned(signer)]);
  assert.equal(vendor.requests.length, 2);
  vendor.files.clear();
  assert.deepEqual(fingerprints(await loadKeys(vendor, [pinned(signer)])), [signer.fingerprint]);
});

Deno.test("only pinned keys are taken out of a keyring of 20, armored, binary or joined", async () => {
  const signers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => makeSigner({ name: `Key ${n}` })),
  );
  const pins = [signers[3], signers[17]].map((signer) => pinned(signer as Signer));
  const garbage = bytesOf(
    "not armor\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n" +
      "-----END PGP PUBLIC KEY BLOCK-----\n" + new TextDecoder().decode(keyFile(signers)) +
      "\n-----BEGIN PGP",
  );
  for (const file of [keyFile(signers), keyFile(signers, "binary"), garbage]) {
    await using vendor = await makeVendor({ [url]: file });
    const ring = await loadKeys(vendor, pins);
    assert.deepEqual(fingerprints(ring), pins.map(({ fingerprint }) => fingerprint));
    assert.deepEqual(vendor.requests, [url]);
    const entries = await Array.fromAsync(Deno.readDir(join(vendor.paths.cache, "keys")));
    const kept = entries.map(({ name }) => name);
    assert.deepEqual(kept.sort(), pins.map(({ fingerprint }) => `${fingerprint}.asc`).sort());
  }
});

Deno.test("another key than the pinned one is no key, wherever it comes from", async () => {
  const [signer, other] = [await makeSigner(), await makeSigner({ subkey: "signs" })];
  await using vendor = await makeVendor({ [url]: keyFile([other]) });
  for (const path of [userKeyFile(vendor.paths, signer.fingerprint), cacheFile(vendor, signer)]) {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, keyFile([other]));
  }
  const ring = await loadKeys(vendor, [pinned(signer)]);
  assert.deepEqual([ring.keys, ring.absent[0]?.replaced], [[], true]);
  // A subkey's fingerprint is not the primary's.
  const subkey = other.secret.subkeys[0]?.getFingerprint().toUpperCase() ?? "";
  assert.deepEqual((await loadKeys(vendor, [{ fingerprint: subkey, url }])).keys, []);
});

Deno.test("a broken kept key is fetched again, and mended", async () => {
  const signer = await makeSigner();
  await using vendor = await makeVendor({ [url]: keyFile([signer]) });
  await loadKeys(vendor, [pinned(signer)]);
  for (const broken of ["", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx", "\xc6\xff\xff"]) {
    await Deno.writeTextFile(cacheFile(vendor, signer), broken);
    vendor.requests.length = 0;
    assert.equal((await loadKeys(vendor, [pinned(signer)])).keys.length, 1);
    assert.equal((await loadKeys(vendor, [pinned(signer)])).keys.length, 1);
    assert.deepEqual(vendor.requests, [url]);
  }
});

Deno.test("key files that are too large, empty or no keys give none and say why", async () => {
  const signer = await makeSigner();
  const files = [new Uint8Array(MAX_KEY_FILE + 1), new Uint8Array(), bytesOf("<html>404</html>")];
  for (const file of [...files, new Uint8Array([0x99, 1, 0])]) {
    await using vendor = await makeVendor({ [url]: file });
    const { keys, absent } = await loadKeys(vendor, [pinned(signer)]);
    assert.deepEqual([keys, absent[0]?.replaced], [[], false]);
    assert.match(absent[0]?.reason ?? "", /no key could be read from https:/);
  }
});

Deno.test("what is no fingerprint never becomes a file name", async () => {
  await using vendor = await makeVendor();
  for (const fingerprint of ["../../../etc/passwd", "", "AB".repeat(19), "ab".repeat(32)]) {
    await assert.rejects(loadKeys(vendor, [{ fingerprint, url }]), { code: "signature-wrong" });
  }
  assert.deepEqual(vendor.requests, []);
});

Deno.test("a revocation that was seen is not lost when the vendor shows an older copy", async () => {
  const signer = await makeSigner();
  const { privateKey } = await openpgp.revokeKey({
    key: signer.secret,
    date: BEFORE,
    format: "object",
  });
  await using vendor = await makeVendor({ [url]: keyFile([signerOf(privateKey)]) });
  await loadKeys(vendor, [pinned(signer)]);
  vendor.files.set(url, keyFile([signer]));
  const { keys: [key] } = await loadKeys(vendor, [pinned(signer)], { renew: true });
  assert.equal(await key?.isRevoked(), true);
});

Deno.test("a user's key is taken when it is pinned, used without a URL, and kept without secrets", async () => {
  const [signer, other] = [await makeSigner(), await makeSigner()];
  await using vendor = await makeVendor();
  const { fingerprint } = signer;
  const file = keyFile([other, signer]);
  const imported = await importUserKey(vendor.paths, [fingerprint.toLowerCase()], file);
  const path = userKeyFile(vendor.paths, fingerprint);
  assert.deepEqual(imported, [{ fingerprint, path }]);
  assert.deepEqual(fingerprints(await loadKeys(vendor, [{ fingerprint }])), [fingerprint]);
  assert.deepEqual(vendor.requests, []);
  await importUserKey(vendor.paths, [fingerprint], signer.secret.write());
  const kept = await openpgp.readKey({ armoredKey: await Deno.readTextFile(path) });
  assert.equal(kept.isPrivate(), false);
});

Deno.test("a user's key that is not pinned is refused with both fingerprints", async () => {
  const [signer, other] = [await makeSigner(), await makeSigner()];
  await using vendor = await makeVendor();
  await assert.rejects(importUserKey(vendor.paths, [signer.fingerprint], keyFile([other])), {
    code: "invalid-value",
    details: `The file has ${other.fingerprint}\nWanted is ${signer.fingerprint}`,
  });
  await assert.rejects(importUserKey(vendor.paths, [signer.fingerprint], bytesOf("my key")), {
    code: "invalid-value",
    message: /holds no OpenPGP public key/,
  });
  await assert.rejects(Deno.stat(vendor.paths.keys), Deno.errors.NotFound);
});
