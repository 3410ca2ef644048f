import assert from "node:assert/strict";
import { checksumOf, parseChecksums } from "./checksums.ts";

const sha256 = "ab".repeat(32);
const sha512 = "cd".repeat(64);

Deno.test("every dialect of checksum list is read", () => {
  const text = [
    `${sha256}  gnu.img`,
    `${sha512} *binary.img`,
    `${sha256} one-space.img`,
    `${sha256}\ttab.img`,
    `${sha256}  ./dot.img`,
    `${sha256}  with spaces (1).img`,
    "# bsd.img: 123 bytes",
    `SHA256 (bsd.img) = ${sha256.toUpperCase()}`,
    `SHA512 (bsd (2).img) = ${sha512}`,
  ].join("\r\n");
  const sums = parseChecksums(text);
  assert.deepEqual([...sums.keys()], [
    "gnu.img",
    "binary.img",
    "one-space.img",
    "tab.img",
    "dot.img",
    "with spaces (1).img",
    "bsd.img",
    "bsd (2).img",
  ]);
  assert.deepEqual(sums.get("bsd.img"), { algorithm: "sha256", digest: sha256 });
  assert.deepEqual(sums.get("binary.img"), { algorithm: "sha512", digest: sha512 });
});

Deno.test("a list that is one digest is the digest of whatever is asked for", () => {
  assert.deepEqual(checksumOf(`${sha512}\n`, "x.qcow2"), { algorithm: "sha512", digest: sha512 });
});

Deno.test("a digest without a name is of no file when the list has names", () => {
  assert.throws(() => checksumOf(`${sha256}\n${sha512}  a.img\n`, "b.img"), /no b\.img \(it has a/);
});

Deno.test("names are compared whole, and a missing one is told with what is there", () => {
  const text = `${sha256}  a-nocloud.img\n${sha256}  a.img.sig\n`;
  assert.throws(() => checksumOf(text, "a.img"), /no a\.img \(it has a-nocloud\.img, a\.img\.sig/);
  assert.throws(() => checksumOf("", "a.img"), /no a\.img$/);
});

Deno.test("digests of other kinds and other lines are no entries", () => {
  const text = [
    `${"ab".repeat(16)}  md5.img`,
    `SHA1 (sha1.img) = ${"ab".repeat(20)}`,
    `${sha256.slice(1)}  short.img`,
    `${sha256}c  long.img`,
    `SHA512 (wrong-kind.img) = ${sha256}`,
    `SHA256 (other-kind.img) = ${sha512}`,
    `# ${sha256}  comment.img`,
    "Hash: SHA256",
    "20260510T170106Z/di-amd64-cloudinit-20260510T170106Z.qcow2 1380843520",
  ].join("\n");
  assert.equal(parseChecksums(text).size, 0);
});

Deno.test("a name with two different digests is refused, and the others can be read", () => {
  const other = "ef".repeat(32);
  const text = `${sha256}  twice.img\n${sha512}  fine.img\n${other}  twice.img\n`;
  assert.throws(() => checksumOf(text, "twice.img"), /two different digests for twice\.img/);
  assert.equal(checksumOf(text, "fine.img").digest, sha512);
  assert.deepEqual([...parseChecksums(text).keys()], ["fine.img"]);
  const digests = `${sha256}\n${other}\n`;
  assert.throws(() => checksumOf(digests, "x.img"), /two different digests for x\.img/);
});

Deno.test("a name may stand twice with the same digest, and a digest for two names", () => {
  const text = `${sha256}  a-1.img\n${sha256}  a-latest.img\n${sha256.toUpperCase()} *a-1.img`;
  assert.equal(checksumOf(text, "a-1.img").digest, sha256);
  assert.equal(parseChecksums(text).size, 2);
});

Deno.test("of a clear-signed list only the signed lines count, without their dash escapes", () => {
  const evil = "ee".repeat(32);
  const text = [
    `SHA256 (before.img) = ${evil}`,
    "-----BEGIN PGP SIGNED MESSAGE-----",
    "Hash: SHA256",
    `${evil}  header.img`,
    "",
    "# signed.img: 1 bytes",
    `SHA256 (signed.img) = ${sha256}`,
    `- ${sha256}  -escaped.img`,
    "- -----BEGIN PGP SIGNATURE-----",
    `${sha512}  last.img`,
    "-----BEGIN PGP SIGNATURE-----",
    "",
    evil,
    `${evil}  signature.img`,
    "-----END PGP SIGNATURE-----",
    `${evil}  after.img`,
    `SHA256 (signed.img) = ${evil}`,
  ];
  for (const end of ["\n", "\r\n"]) {
    const sums = parseChecksums(text.join(end));
    assert.deepEqual([...sums.keys()], ["signed.img", "-escaped.img", "last.img"]);
    assert.equal(checksumOf(text.join(end), "signed.img").digest, sha256);
  }
});

Deno.test("a clear-signed list that is cut off says nothing", () => {
  const text = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${sha256}  a.img\n`;
  assert.throws(() => checksumOf(text, "a.img"), /no a\.img$/);
});

Deno.test("an armored block in an unsigned list is no entry", () => {
  const block = `-----BEGIN PGP SIGNATURE-----\n\n${sha256}  b.img\n-----END PGP SIGNATURE-----`;
  const text = `${sha256}  a.img\n${block}\n${sha256}  c.img`;
  assert.deepEqual([...parseChecksums(text).keys()], ["a.img", "c.img"]);
});

Deno.test("what is written in any dialect is read back, whatever the name", () => {
  const letters = "abcXYZ019._-+ ()~=*ä";
  for (let round = 0; round < 500; round++) {
    const random = crypto.getRandomValues(new Uint8Array(1 + round % 12));
    const name = "f" + [...random].map((byte) => letters[byte % letters.length]).join("") + "e";
    const digest = [...crypto.getRandomValues(new Uint8Array(round % 2 ? 32 : 64))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const kind = digest.length === 64 ? "SHA256" : "SHA512";
    for (
      const line of [`${digest}  ${name}`, `${digest} *${name}`, `${kind} (${name}) = ${digest}`]
    ) {
      assert.equal(checksumOf(`junk\n${line}`, name).digest, digest, line);
    }
  }
});

Deno.test("no bytes make it fail", () => {
  for (let round = 0; round < 300; round++) {
    const bytes = crypto.getRandomValues(new Uint8Array(round));
    parseChecksums(new TextDecoder().decode(bytes));
    parseChecksums(`${sha256.slice(0, round % 64)}${new TextDecoder().decode(bytes)}`);
  }
});
