/** What GnuPG made, as tests/fixtures/openpgp/README.md tells. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { makeVendor } from "../../tests/support/openpgp.ts";
import { verifyChecksumSignature, verifyImageSignature } from "./signature.ts";
import type { Verified } from "./signature_check.ts";
import { readKeyFile } from "./keys_read.ts";

const FIXTURES = new URL("../../tests/fixtures/openpgp/", import.meta.url);
const HOST = "https://vendor.invalid/";

const fixture = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
  await Deno.readFile(new URL(name, FIXTURES));

async function fingerprintIn(name: string): Promise<string> {
  const [key] = await readKeyFile(await fixture(name));
  return key?.getFingerprint().toUpperCase() ?? "";
}

const image = {
  url: `${HOST}image.bin`,
  checksum: {
    algorithm: "sha256",
    digest: "439541ebfc70cef9993751c1a77bc879861e98b8fc0d75341ff0d87fbf55819a",
  },
} as const;

/** Verifies a list by the key of that name, as a vendor publishes it now. */
async function verify(
  key: "rsa" | "subkey",
  list: string,
  detached?: string,
  published = `${key}.asc`,
): Promise<Verified> {
  const files = [list, published, ...(detached === undefined ? [] : [detached])];
  await using vendor = await makeVendor(
    Object.fromEntries(
      await Promise.all(files.map(async (name) => [HOST + name, await fixture(name)])),
    ),
  );
  const fingerprint = await fingerprintIn(`${key}.asc`);
  return await verifyChecksumSignature(vendor, {
    distro: "acme",
    image,
    signature: {
      signs: "checksums",
      list: HOST + list,
      ...(detached !== undefined && { detached: HOST + detached }),
      keys: [{ fingerprint, url: HOST + published }],
    },
  });
}

for (const key of ["rsa", "subkey"] as const) {
  Deno.test(`gpg's signatures by ${key} are good: armored, binary, by two keys, clear-signed`, async () => {
    const fingerprint = await fingerprintIn(`${key}.asc`);
    for (
      const signature of [`SHA256SUMS.${key}.gpg`, `SHA256SUMS.${key}.asc`, "SHA256SUMS.both.gpg"]
    ) {
      assert.equal((await verify(key, "SHA256SUMS", signature)).fingerprint, fingerprint);
    }
    assert.equal((await verify(key, `clear.${key}`)).fingerprint, fingerprint);
    assert.equal(
      (await verify(key, `clear.${key}`, undefined, "keyring.gpg")).fingerprint,
      fingerprint,
    );
  });

  Deno.test(`gpg's revocation of ${key} is honoured`, async () => {
    const published = `${key}-revoked.asc`;
    const refused = { code: "signature-wrong", message: /been revoked/ };
    await assert.rejects(verify(key, `clear.${key}`, undefined, published), refused);
    await assert.rejects(
      verify(key, "SHA256SUMS", `SHA256SUMS.${key}.gpg`, published),
      refused,
    );
  });

  Deno.test(`gpg's signature over a file by ${key} is good`, async () => {
    const detached = `image.bin.${key}.gpg`;
    await using vendor = await makeVendor({
      [HOST + detached]: await fixture(detached),
      [`${HOST}key`]: await fixture(`${key}.asc`),
    });
    const fingerprint = await fingerprintIn(`${key}.asc`);
    const path = join(vendor.dir, "image.bin");
    await Deno.writeFile(path, await fixture("image.bin"));
    const keys = [{ fingerprint, url: `${HOST}key` }];
    const request = {
      distro: "acme",
      image,
      path,
      signature: { signs: "image", detached: HOST + detached, keys },
    } as const;
    const { signal } = new AbortController();
    assert.equal((await verifyImageSignature(vendor, request, signal)).fingerprint, fingerprint);
    await Deno.writeTextFile(path, "another image\n");
    await assert.rejects(verifyImageSignature(vendor, request, signal), {
      code: "signature-wrong",
    });
  });
}

Deno.test("gpg's text mode and CRLF are good", async () => {
  await verify("rsa", "SHA256SUMS", "SHA256SUMS.text.asc");
  await verify("rsa", "clear.crlf");
});

Deno.test("gpg's SHA-1 and its own way without dash escapes are refused", async () => {
  await assert.rejects(verify("rsa", "SHA256SUMS", "SHA256SUMS.sha1.gpg"), {
    code: "signature-wrong",
    message: /weak method/,
  });
  await assert.rejects(verify("rsa", "clear.not-escaped"), {
    code: "signature-wrong",
    message: /not clear-signed as it should be/,
  });
});

Deno.test("one key's signature is none of another key", async () => {
  for (const detached of ["SHA256SUMS.subkey.gpg", "SHA256SUMS.subkey.asc"]) {
    await assert.rejects(verify("rsa", "SHA256SUMS", detached), { code: "signature-wrong" });
  }
  await assert.rejects(verify("rsa", "clear.subkey"), { code: "signature-wrong" });
});
