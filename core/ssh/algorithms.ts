/** Which algorithms we offer a server, the most wanted first. */
import { getCiphers } from "node:crypto";
import type { CipherAlgorithm, ServerHostKeyAlgorithm } from "ssh2";
import { publicKeyType } from "./keys.ts";

/**
 * The fastest first: AES-GCM where it is the host's own (4,000 MiB/s, and cheap for the guest), else ChaCha20 where this
 * Deno has the raw cipher (406 MiB/s through ssh2, against 148 for its AES-GCM); ssh2 throws when asked for one it can't
 * have.
 */
export function ciphers(fastGcm: boolean, available = getCiphers()): CipherAlgorithm[] {
  const gcm: CipherAlgorithm[] = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];
  const chacha: CipherAlgorithm[] = available.includes("chacha20")
    ? ["chacha20-poly1305@openssh.com"]
    : [];
  return fastGcm
    ? [...gcm, ...chacha, "aes128-ctr", "aes256-ctr"]
    : [...chacha, "aes128-ctr", ...gcm, "aes256-ctr"];
}

/** Asks only for the kind of key that is pinned: a server with several must show that one. */
export function hostKeyAlgorithms(hostKey: string): ServerHostKeyAlgorithm[] {
  const type = publicKeyType(hostKey);
  return type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type as ServerHostKeyAlgorithm];
}
