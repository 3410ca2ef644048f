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

Deno.test("names are compared whole, and a missing one is told with what is there", () => {
  const text = `${sha256}  a-nocloud.img\n${sha256}  a.img.sig\n`;
  assert.throws(() => checksumOf(text, "a.img"), /no a\.img \(it has a-nocloud\.img, a\.img\.sig/);
  assert.throws(() => checksumOf("", "a.img"), /no a\.img$/);
});

Deno.test("digests of other kinds and other lines are no entries", () => {
  const text = `${"ab".repeat(16)}  md5.img\n${
    "ab".repeat(20)
  }  sha1.img\n-----BEGIN PGP-----\n\nHash: SHA256\n`;
  assert.equal(parseChecksums(text).size, 0);
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
