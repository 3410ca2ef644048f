import { deepEqual, equal, match, throws } from "node:assert/strict";
import { join } from "node:path";
import { fingerprint, generateKeyPair, publicKeyBlob, publicKeyType } from "./keys.ts";

Deno.test("generateKeyPair() makes keys that ssh2 reads, every time", async () => {
  const { default: { utils } } = await import("ssh2");
  for (let index = 0; index < 600; index++) {
    const pair = await generateKeyPair(`key-${index}`);
    const parsed = utils.parseKey(pair.privateKey);
    if (parsed instanceof Error) throw new Error(`${parsed.message}:\n${pair.privateKey}`);
    equal(parsed.type, "ssh-ed25519");
    deepEqual(new Uint8Array(parsed.getPublicSSH()), publicKeyBlob(pair.publicKey));
  }
});

Deno.test("generateKeyPair() makes a private key from which ssh-keygen derives the same public one", async () => {
  const dir = await Deno.makeTempDir();
  try {
    // Comments of all lengths modulo the block size of 8, so that every padding occurs.
    for (let length = 0; length < 9; length++) {
      const pair = await generateKeyPair("c".repeat(length));
      const path = join(dir, `key-${length}`);
      await Deno.writeTextFile(path, pair.privateKey, { mode: 0o600 });
      equal((await keygen("-y", "-f", path)).trim(), pair.publicKey);
      await Deno.writeTextFile(`${path}.pub`, pair.publicKey + "\n");
      const [, printed] = (await keygen("-l", "-f", `${path}.pub`)).split(" ");
      equal(await fingerprint(pair.publicKey), printed);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("generateKeyPair() makes a new key each time, ending in a line end", async () => {
  const [one, two] = [await generateKeyPair("x"), await generateKeyPair("x")];
  match(
    one.privateKey,
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n[^]+\n-----END OPENSSH PRIVATE KEY-----\n$/,
  );
  equal(one.publicKey === two.publicKey, false);
});

Deno.test("publicKeyBlob() refuses what is no public key line", () => {
  throws(() => publicKeyBlob("ssh-ed25519"), TypeError);
  equal(publicKeyType(" ssh-rsa AAAA comment\n"), "ssh-rsa");
});

async function keygen(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("ssh-keygen", { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
