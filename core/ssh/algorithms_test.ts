import { deepEqual, equal } from "node:assert/strict";
import { ciphers, hostKeyAlgorithms } from "./algorithms.ts";
import { generateKeyPair } from "./keys.ts";

Deno.test("ciphers() asks for AES-GCM first only where it is the host's own", () => {
  const all = ["chacha20", "aes-128-gcm"];
  equal(ciphers(true, all)[0], "aes128-gcm@openssh.com");
  equal(ciphers(false, all)[0], "chacha20-poly1305@openssh.com");
  equal(ciphers(false, [])[0], "aes128-ctr");
  for (const fastGcm of [true, false]) {
    equal(ciphers(fastGcm, []).includes("chacha20-poly1305@openssh.com"), false);
    // Whatever a server has, there is one in common.
    equal(new Set(ciphers(fastGcm, all)).size, 5);
  }
});

Deno.test("hostKeyAlgorithms() asks for the pinned key, and for RSA never with SHA-1", async () => {
  deepEqual(hostKeyAlgorithms((await generateKeyPair("x")).publicKey), ["ssh-ed25519"]);
  const rsa = `ssh-rsa ${btoa("\0\0\0\x07ssh-rsa")} x`;
  deepEqual(hostKeyAlgorithms(rsa), ["rsa-sha2-512", "rsa-sha2-256"]);
});
