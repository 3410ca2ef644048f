/** Lists that somebody prepared so that more seems signed than is. */
import assert from "node:assert/strict";
import * as openpgp from "openpgp";
import {
  bytesOf,
  clearSign,
  IMAGE,
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
  signOddly,
  type Vendor,
} from "../../tests/support/openpgp.ts";
import { verifyChecksumSignature } from "./signature.ts";
import { readClearSigned } from "./signature_read.ts";
import { checkSignatures, type Verified } from "./signature_check.ts";

/** The digest an attacker wants accepted. */
const EVIL = { algorithm: "sha256", digest: "ee".repeat(32) } as const;
const EVIL_LINE = `${EVIL.digest}  image.qcow2`;

type Wanted = typeof EVIL | typeof IMAGE.checksum;

async function verify(
  signer: Signer,
  list: string | Uint8Array,
  checksum: Wanted,
  detached?: Uint8Array,
): Promise<Verified> {
  await using vendor = await makeVendor({ [KEY_URL]: keyFile([signer]) });
  return await verifyAt(vendor, signer, list, checksum, detached);
}

/** The same at a vendor whose key may be known already. */
async function verifyAt(
  vendor: Vendor,
  { fingerprint }: Signer,
  list: string | Uint8Array,
  checksum: Wanted,
  detached?: Uint8Array,
): Promise<Verified> {
  vendor.files.set(LIST_URL, typeof list === "string" ? bytesOf(list) : list);
  if (detached) vendor.files.set(SIGNATURE_URL, detached);
  return await verifyChecksumSignature(vendor, {
    distro: "acme",
    image: { url: IMAGE.url, checksum },
    signature: {
      signs: "checksums",
      list: LIST_URL,
      ...(detached && { detached: SIGNATURE_URL }),
      keys: [{ fingerprint, url: KEY_URL }],
    },
  });
}

/** Every way to put a line of one's own into somebody else's clear-signed list. */
function forgeries(signed: string): Record<string, string> {
  const inHeader = (line: string): string => signed.replace(/(Hash: .*\n)/, `$1${line}\n`);
  const block = (text: string): string =>
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n\nwsBc\n-----END PGP SIGNATURE-----\n`;
  return {
    "before the armor": `${EVIL_LINE}\n${signed}`,
    "after the armor": `${signed}\n${EVIL_LINE}\n`,
    "right behind the last line": signed.trimEnd() + EVIL_LINE,
    "in an armored block before it": block(EVIL_LINE) + signed,
    "in an armored block after it": signed + block(EVIL_LINE),
    "as a header": inHeader(EVIL_LINE),
    "as a comment": inHeader(`Comment: ${EVIL_LINE}`),
    "in a hash header": inHeader(`Hash: SHA512\r${EVIL_LINE}`),
    "behind a header that is blank to some": inHeader(`\u00a0\n${EVIL_LINE}`),
    "behind a header that is blank to others": inHeader(`\u200b\n${EVIL_LINE}`),
    "as text under NotDashEscaped": inHeader(`NotDashEscaped: yes\n\n${EVIL_LINE}`),
    "as the first line of the text": inHeader(`\n${EVIL_LINE}`),
    "in the signature's headers": signed.replace(
      "-----BEGIN PGP SIGNATURE-----\n",
      `-----BEGIN PGP SIGNATURE-----\nComment: x\n${EVIL_LINE}\n`,
    ),
    "between text and signature": signed.replace(
      "-----BEGIN PGP SIGNATURE-----\n",
      `-----BEGIN PGP SIGNED MESSAGE-----\n\n${EVIL_LINE}\n-----BEGIN PGP SIGNATURE-----\n`,
    ),
    "at the end of a line, behind a carriage return": signed.replace(
      "image.qcow2\n",
      `image.qcow2\r${EVIL_LINE}\n`,
    ),
    "in a line of its own": signed.replace("image.qcow2\n", `image.qcow2\n${EVIL_LINE}\n`),
    "as a line with a dash escape": signed.replace(
      "image.qcow2\n",
      `image.qcow2\n- ${EVIL_LINE}\n`,
    ),
    "in place of the true line": signed.replace(IMAGE.checksum.digest, EVIL.digest),
  };
}

Deno.test("a digest that is not in the signed part never counts", async () => {
  const signer = await makeSigner();
  const signed = await clearSign(signer, LIST);
  await verify(signer, signed, IMAGE.checksum);
  for (const [where, forged] of Object.entries(forgeries(signed))) {
    assert.notEqual(forged, signed, where);
    await assert.rejects(verify(signer, forged, EVIL), { code: "signature-wrong" }, where);
  }
});

Deno.test("words around the armor do not break what is signed", async () => {
  const signer = await makeSigner();
  const signed = await clearSign(signer, LIST);
  const around = `Sums of today:\n\n${signed}\n${EVIL_LINE}\n`;
  await verify(signer, around, IMAGE.checksum);
  const subject = { distro: "acme", file: "SHA256SUMS" };
  const { text } = await readClearSigned(subject, bytesOf(around));
  assert.equal(text, LIST);
  await verify(signer, signed.replaceAll("\n", "\r\n"), IMAGE.checksum);
});

Deno.test("an attacker's own block cannot hide behind the vendor's", async () => {
  const [signer, attacker] = [await makeSigner(), await makeSigner()];
  const vendors = await clearSign(signer, LIST);
  const evil = await clearSign(attacker, EVIL_LINE);
  for (const list of [vendors + evil, evil + vendors]) {
    await assert.rejects(verify(signer, list, EVIL), { code: "signature-wrong" });
  }
});

Deno.test("a clear-signed list is no list with a detached signature, nor the other way round", async () => {
  const signer = await makeSigner();
  const signed = await clearSign(signer, LIST);
  const detached = await signDetached(signer, bytesOf(LIST));
  await assert.rejects(verify(signer, signed, IMAGE.checksum, detached), {
    code: "signature-wrong",
  });
  const over = await signDetached(signer, bytesOf(signed));
  await verify(signer, signed, IMAGE.checksum, over);
});

Deno.test("a list cut anywhere is refused", async () => {
  const signer = await makeSigner();
  const signed = await clearSign(signer, LIST);
  const detached = await signDetached(signer, bytesOf(LIST));
  for (let tenth = 0; tenth < 10; tenth++) {
    const cut = (text: string): string => text.slice(0, text.length * tenth / 10);
    await assert.rejects(verify(signer, cut(signed), IMAGE.checksum), { code: "signature-wrong" });
    await assert.rejects(
      verify(signer, cut(LIST), IMAGE.checksum, detached),
      { code: "signature-wrong" },
    );
  }
});

Deno.test("no byte of a list or its signature can be changed", async () => {
  const signer = await makeSigner();
  await using vendor = await makeVendor({ [KEY_URL]: keyFile([signer]) });
  const check = (list: Uint8Array, detached: Uint8Array): Promise<Verified> =>
    verifyAt(vendor, signer, list, IMAGE.checksum, detached);
  const list = bytesOf(LIST);
  const detached = await signDetached(signer, list);
  await check(list, detached);
  const refused = { code: "signature-wrong" };
  for (let at = 0; at < list.length; at++) {
    await assert.rejects(check(flipped(list, at), detached), refused, `list ${at}`);
  }
  for (let at = 0; at < detached.length; at++) {
    await assert.rejects(check(list, flipped(detached, at)), refused, `signature ${at}`);
  }
});

Deno.test("whatever byte of a clear-signed list is changed, no other digest gets in", async () => {
  const signer = await makeSigner();
  await using vendor = await makeVendor({ [KEY_URL]: keyFile([signer]) });
  const signed = bytesOf(await clearSign(signer, `${LIST}${EVIL.digest}  image.qcow1\n`));
  await verifyAt(vendor, signer, signed, IMAGE.checksum);
  for (let at = 0; at < signed.length; at++) {
    // The first makes the 1 a 2, and so the evil line one of the image.
    for (const mask of [3, undefined]) {
      const changed = flipped(signed, at, mask);
      const attack = verifyAt(vendor, signer, changed, EVIL);
      await assert.rejects(attack, { code: "signature-wrong" }, `byte ${at}`);
    }
  }
});

Deno.test("a stranger's subkey with the key id of the vendor's cannot sign for it", async () => {
  const [signer, stranger] = [
    await makeSigner({ subkey: "signs" }),
    await makeSigner({ subkey: "signs" }),
  ];
  const [own, evil] = [signer.secret.subkeys[0], stranger.secret.subkeys[0]];
  assert.ok(own && evil);
  // It takes 2^64 tries to make such a key; here it is simply said to have the id.
  Object.assign(evil.keyPacket, { keyID: own.getKeyID() });
  const list = bytesOf(LIST);
  const signature = await signOddly(evil.keyPacket, list, {});
  const { packets } = await openpgp.readSignature({ binarySignature: signature });
  packets.forEach((packet) => packet.issuerKeyID = own.getKeyID());
  const key = signer.secret.toPublic();
  key.subkeys.unshift(evil);
  const message = await openpgp.createMessage({ binary: list });
  const findings = await checkSignatures({ message, packets: [...packets] }, [key], NOW);
  assert.deepEqual(findings.map(({ kind }) => kind), ["bad"]);
});

/** One bit of a byte is another. Two bits can say the same in OpenPGP's older form of packets. */
function flipped(bytes: Uint8Array, at: number, mask?: number): Uint8Array {
  const bit = mask ?? 1 << Math.floor(Math.random() * 8);
  return bytes.map((byte, index) => index === at ? byte ^ bit : byte);
}
