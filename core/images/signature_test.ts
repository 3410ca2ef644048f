import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import {
  BEFORE,
  bytesOf,
  clearSign,
  DAY,
  IMAGE,
  joined,
  KEY_URL,
  keyFile,
  LIST,
  LIST_URL,
  makeSigner,
  makeVendor,
  NOW,
  SIGNATURE_URL,
  signDetached,
  type Signer,
  signerOf,
  signOddly,
} from "../../tests/support/openpgp.ts";
import { interrupted } from "../errors.ts";
import { type ChecksumRequest, verifyChecksumSignature } from "./signature.ts";
import type { Verified } from "./signature_check.ts";

/** What a vendor shows: a detached signature unless there is none. */
interface Shown {
  readonly list?: string;
  readonly signature?: Uint8Array | string;
  /** The keys in the vendor's key file; the pinned ones by default. */
  readonly published?: readonly Signer[];
  readonly image?: ChecksumRequest["image"];
  readonly now?: number;
}

async function verify(pins: readonly Signer[], shown: Shown = {}): Promise<Verified> {
  const { list = LIST, signature, published = pins, image = IMAGE, now = NOW } = shown;
  await using vendor = await makeVendor({
    [LIST_URL]: list,
    [KEY_URL]: published.length > 0 ? keyFile(published) : "none",
    ...(signature !== undefined && { [SIGNATURE_URL]: signature }),
  });
  vendor.clock.now = now;
  const keys = pins.map(({ fingerprint }) => ({ fingerprint, url: KEY_URL }));
  return await verifyChecksumSignature(vendor, {
    distro: "acme",
    image,
    signature: {
      signs: "checksums",
      list: LIST_URL,
      keys,
      ...(signature !== undefined && { detached: SIGNATURE_URL }),
    },
  });
}

const wrong = (message: RegExp): { code: string; message: RegExp } => ({
  code: "signature-wrong",
  message,
});
const missing = (message: RegExp): { code: string; message: RegExp } => ({
  code: "signature-missing",
  message,
});

const list = bytesOf(LIST);

Deno.test("a list signed by a pinned key is good: detached in both forms, and clear-signed", async () => {
  const signer = await makeSigner({ name: "Vendor\u202e\u0007" });
  const expected = {
    fingerprint: signer.fingerprint,
    signer: "Vendor?? <vendor@example.org>",
    signed: BEFORE.toISOString(),
  };
  const binary = await signDetached(signer, list);
  const armored = (await openpgp.readSignature({ binarySignature: binary })).armor();
  assert.deepEqual(await verify([signer], { signature: binary }), expected);
  assert.deepEqual(await verify([signer], { signature: armored }), expected);
  assert.deepEqual(await verify([signer], { list: await clearSign(signer, LIST) }), expected);
});

Deno.test("a subkey signs in the name of its primary key", async () => {
  const signer = await makeSigner({ subkey: "signs" });
  const signature = await signDetached(signer, list);
  assert.equal((await verify([signer], { signature })).fingerprint, signer.fingerprint);
  const { packets: [packet] } = await openpgp.readSignature({ binarySignature: signature });
  assert.equal(packet?.issuerKeyID.equals(signer.secret.getKeyID()), false);
});

Deno.test("a list that was changed after signing, or another file's signature, is refused", async () => {
  const signer = await makeSigner();
  const signature = await signDetached(signer, list);
  const tampered = LIST.replace("cd", "ce");
  await assert.rejects(verify([signer], { list: tampered, signature }), wrong(/does not fit/));
  const cut = LIST.slice(0, -1);
  await assert.rejects(verify([signer], { list: cut, signature }), wrong(/does not fit/));
  const other = await signDetached(signer, bytesOf("another file"));
  await assert.rejects(verify([signer], { signature: other }), wrong(/does not fit/));
  const clear = await clearSign(signer, LIST);
  await assert.rejects(
    verify([signer], { list: clear.replace("cd", "ce") }),
    wrong(/does not fit/),
  );
});

Deno.test("a signature by a key that is not pinned is refused, though the vendor shows the key", async () => {
  const [signer, stranger] = [await makeSigner(), await makeSigner()];
  const signature = await signDetached(stranger, list);
  const published = [stranger, signer];
  await assert.rejects(
    verify([signer], { signature, published }),
    wrong(/signed by a key that acme does not name/),
  );
});

Deno.test("of several signatures one by a pinned key is enough, and a bad one by a pinned key too much", async () => {
  const [one, two, stranger] = [await makeSigner(), await makeSigner(), await makeSigner()];
  const good = await signDetached([stranger, two], list);
  const { fingerprint } = await verify([one, two], { signature: good });
  assert.equal(fingerprint, two.fingerprint);
  const bad = await signDetached(one, bytesOf("another file"));
  for (const signature of [joined([good, bad]), joined([bad, good])]) {
    await assert.rejects(verify([one, two], { signature }), wrong(/does not fit/));
  }
  const expired = await signOddly(two.secret.keyPacket, list, { lifetime: 1 });
  const both = joined([expired, await signDetached(one, list)]);
  assert.equal((await verify([one, two], { signature: both })).fingerprint, one.fingerprint);
});

Deno.test("expired signatures are refused, and those from the future", async () => {
  const signer = await makeSigner();
  const lifetime = 40 * DAY / 1000;
  const signature = await signOddly(signer.secret.keyPacket, list, { lifetime });
  await verify([signer], { signature });
  await assert.rejects(
    verify([signer], { signature, now: NOW + 11 * DAY }),
    wrong(/has expired/),
  );
  const ahead = await signDetached(signer, list, new Date(NOW + DAY / 2));
  await verify([signer], { signature: ahead });
  const future = await signDetached(signer, list, new Date(NOW + 2 * DAY));
  await assert.rejects(verify([signer], { signature: future }), {
    ...wrong(/made in the future/),
    hint: /`date`/,
  });
});

Deno.test("an expired key is refused, also for what it signed before", async () => {
  const signer = await makeSigner({ expiresAfter: 20 * DAY });
  const signature = await signDetached(signer, list);
  await verify([signer], { signature, now: BEFORE.getTime() + 19 * DAY });
  await assert.rejects(verify([signer], { signature }), wrong(/its key has expired/));
});

Deno.test("a kept key that looks expired, or does not know the subkey, is fetched again", async () => {
  const signer = await makeSigner({ expiresAfter: 20 * DAY });
  const signature = await signDetached(signer, list);
  const { privateKey: renewed } = await openpgp.reformatKey({
    privateKey: signer.secret,
    userIDs: [{ name: "Renewed" }],
    date: new Date(NOW - DAY),
    format: "object",
  });
  const extended = await signer.secret.addSubkey({ sign: true, date: BEFORE });
  await using vendor = await makeVendor({
    [LIST_URL]: LIST,
    [SIGNATURE_URL]: signature,
    [KEY_URL]: keyFile([signer]),
  });
  const request: ChecksumRequest = {
    distro: "acme",
    image: IMAGE,
    signature: {
      signs: "checksums",
      list: LIST_URL,
      detached: SIGNATURE_URL,
      keys: [{ fingerprint: signer.fingerprint, url: KEY_URL }],
    },
  };
  vendor.clock.now = BEFORE.getTime() + 19 * DAY;
  await verifyChecksumSignature(vendor, request);
  vendor.files.set(SIGNATURE_URL, await signDetached(signerOf(extended), list));
  await assert.rejects(verifyChecksumSignature(vendor, request), wrong(/acme does not name/));
  vendor.files.set(KEY_URL, keyFile([signerOf(extended)]));
  await verifyChecksumSignature(vendor, request);

  vendor.files.set(SIGNATURE_URL, signature);
  vendor.clock.now = NOW;
  await assert.rejects(verifyChecksumSignature(vendor, request), wrong(/its key has expired/));
  vendor.files.set(KEY_URL, keyFile([signerOf(renewed)]));
  vendor.requests.length = 0;
  assert.equal((await verifyChecksumSignature(vendor, request)).signer, "Renewed");
  assert.deepEqual(vendor.requests.filter((url) => url === KEY_URL), [KEY_URL]);
});

Deno.test("a stranger's signature beside a good one does not make keys be fetched again", async () => {
  const [signer, stranger] = [await makeSigner(), await makeSigner()];
  await using vendor = await makeVendor({
    [LIST_URL]: LIST,
    [SIGNATURE_URL]: await signDetached([stranger, signer], list),
    [KEY_URL]: keyFile([signer]),
  });
  const keys = [{ fingerprint: signer.fingerprint, url: KEY_URL }];
  const request: ChecksumRequest = {
    distro: "acme",
    image: IMAGE,
    signature: { signs: "checksums", list: LIST_URL, detached: SIGNATURE_URL, keys },
  };
  await verifyChecksumSignature(vendor, request);
  await verifyChecksumSignature(vendor, request);
  assert.equal(vendor.requests.filter((url) => url === KEY_URL).length, 1);
});

Deno.test("a key of which only the newest self-signature is published is good for what it signed before", async () => {
  const signer = await makeSigner();
  const signature = await signDetached(signer, list);
  const { privateKey } = await openpgp.reformatKey({
    privateKey: signer.secret,
    userIDs: [{ name: "Renewed" }],
    date: new Date(NOW - DAY),
    format: "object",
  });
  const published = [signerOf(privateKey)];
  assert.equal((await verify([signer], { signature, published })).signer, "Renewed");
});

Deno.test("a revoked key is refused, whatever the reason and whenever it signed", async () => {
  const signer = await makeSigner({ subkey: "signs" });
  const signature = await signDetached(signer, list);
  const { keyRetired, keyCompromised } = openpgp.enums.reasonForRevocation;
  for (const flag of [keyRetired, keyCompromised]) {
    const date = new Date(NOW - DAY);
    const reasonForRevocation = { flag };
    const key = signer.secret;
    const { privateKey } = await openpgp.revokeKey({
      key,
      reasonForRevocation,
      date,
      format: "object",
    });
    const published = [signerOf(privateKey)];
    await assert.rejects(verify([signer], { signature, published }), wrong(/been revoked/));
    const revoked = await signer.secret.subkeys[0]?.revoke(
      signer.secret.keyPacket as openpgp.SecretKeyPacket,
      reasonForRevocation,
      date,
    );
    const copy = await openpgp.readPrivateKey({ binaryKey: signer.secret.write() });
    copy.subkeys = revoked ? [revoked] : [];
    const partly = [signerOf(copy)];
    await assert.rejects(verify([signer], { signature, published: partly }), wrong(/been revoked/));
  }
});

Deno.test("weak digests and short RSA keys are refused, and so is a key that may not sign", async () => {
  const { md5, sha1, ripemd, sha256 } = openpgp.enums.hash;
  const rsa = await makeSigner({ rsaBits: 2048, subkey: "encrypts" });
  const good = await signOddly(rsa.secret.keyPacket, list, { hash: sha256 });
  await verify([rsa], { signature: good });
  for (const hash of [md5, sha1, ripemd]) {
    const signature = await signOddly(rsa.secret.keyPacket, list, { hash });
    await assert.rejects(verify([rsa], { signature }), wrong(/weak method/));
  }
  const short = await makeSigner({ rsaBits: 1024 });
  const signature = await signOddly(short.secret.keyPacket, list, {});
  await assert.rejects(verify([short], { signature }), wrong(/weak method/));
  const encrypter = rsa.secret.subkeys[0]?.keyPacket;
  assert.ok(encrypter);
  const misused = await signOddly(encrypter, list, {});
  await assert.rejects(verify([rsa], { signature: misused }), wrong(/may not sign/));
});

Deno.test("signatures that are empty, huge, of another kind or none at all are refused", async () => {
  const signer = await makeSigner();
  const good = await signDetached(signer, list);
  const standalone = await signOddly(signer.secret.keyPacket, list, {
    type: openpgp.enums.signature.standalone,
  });
  const cases: readonly (readonly [Uint8Array | string, RegExp])[] = [
    [new Uint8Array(), /signature is empty/],
    [new Uint8Array(100_000).fill(0x88), /far too large/],
    [joined(Array.from({ length: 17 }, () => good)), /far too many/],
    [standalone, /no signature over a file/],
    [good.subarray(0, -1), /can't be read/],
    ["<html>404</html>", /can't be read/],
    [signer.secret.toPublic().armor(), /can't be read/],
    [await clearSign(signer, LIST), /can't be read/],
  ];
  for (const [signature, message] of cases) {
    await assert.rejects(verify([signer], { signature }), wrong(message));
  }
  await assert.rejects(verify([signer], { list: LIST }), wrong(/not clear-signed/));
});

Deno.test("what is signed has to name the image, with the digest the distro told", async () => {
  const signer = await makeSigner();
  const signature = await signDetached(signer, list);
  const url = "https://vendor.invalid/images/age.qcow2";
  await assert.rejects(
    verify([signer], { signature, image: { ...IMAGE, url } }),
    wrong(/does not name age\.qcow2/),
  );
  const checksum = { algorithm: "sha256", digest: "cd".repeat(32) } as const;
  await assert.rejects(
    verify([signer], { signature, image: { ...IMAGE, checksum } }),
    wrong(/another digest for image\.qcow2/),
  );
  const cut = LIST.split("\n").slice(1).join("\n");
  await assert.rejects(
    verify([signer], { list: cut, signature: await signDetached(signer, bytesOf(cut)) }),
    wrong(/does not name image\.qcow2/),
  );
});

Deno.test("what can't be had is missing, not wrong, and says what to do", async () => {
  const signer = await makeSigner();
  const signature = await signDetached(signer, list);
  const keys = [{ fingerprint: signer.fingerprint }];
  const request =
    (files: Record<string, Uint8Array>, pins: ChecksumRequest["signature"]["keys"]) =>
    async (): Promise<Verified> => {
      await using vendor = await makeVendor(files);
      return await verifyChecksumSignature(vendor, {
        distro: "acme",
        image: IMAGE,
        signature: { signs: "checksums", list: LIST_URL, detached: SIGNATURE_URL, keys: pins },
      });
    };
  await assert.rejects(request({ [LIST_URL]: list }, keys), missing(/can't be fetched/));
  await assert.rejects(request({ [SIGNATURE_URL]: signature }, keys), missing(/can't be fetched/));
  const files = { [LIST_URL]: list, [SIGNATURE_URL]: signature };
  const hint = /`cubic distro trust acme KEYFILE`/;
  await assert.rejects(request(files, keys), { ...missing(/the key is not there/), hint });
  await assert.rejects(
    request(files, [{ fingerprint: signer.fingerprint, url: KEY_URL }]),
    missing(/the key is not there/),
  );
  // A key file with other keys is no accident of the network.
  await assert.rejects(verify([signer], { signature, published: [await makeSigner()] }), {
    ...wrong(/does not name/),
    details: /has other keys than this one/,
  });
});

Deno.test("an interrupt while fetching stays one", async () => {
  const signer = await makeSigner();
  await using vendor = await makeVendor();
  const source = { ...vendor, fetchBytes: () => Promise.reject(interrupted()) };
  const keys = [{ fingerprint: signer.fingerprint, url: KEY_URL }];
  const signature = { signs: "checksums", list: LIST_URL, keys } as const;
  await assert.rejects(
    verifyChecksumSignature(source, { distro: "acme", image: IMAGE, signature }),
    { code: "interrupted" },
  );
});
