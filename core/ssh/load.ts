/**
 * Loading ssh2, the one place that does, with ciphers of ours where the host has them. ssh2 makes three ChaCha20 objects a
 * packet, uses each once and drops it without calling final(); Deno 2.9 frees what stands behind such an object only in
 * final(), so that every gigabyte would leave some 60 MB behind. While ssh2 loads it is handed functions that
 * finish after the one use.
 */
import crypto from "node:crypto";
import { GcmCipher, type OutboundConfig } from "./gcm_cipher.ts";
import { GcmDecipher, type InboundConfig } from "./gcm_decipher.ts";
import { findGcm, type OpenGcm } from "./libcrypto.ts";

/** ssh2's class of connections. */
export type ClientClass = typeof import("ssh2").Client;

let loaded: Promise<ClientClass> | undefined;
let openGcm: OpenGcm | undefined;

/** Loads ssh2's client on the first call, which takes longer than most of the connection. */
export function loadClient(): Promise<ClientClass> {
  return loaded ??= load();
}

/** True when AES-GCM is the host's own and so the fastest of the ciphers, and not the slowest. */
export async function hasFastGcm(): Promise<boolean> {
  await loadClient();
  return openGcm !== undefined;
}

async function load(): Promise<ClientClass> {
  const { createCipheriv, createDecipheriv } = crypto;
  openGcm = findGcm((name) => Deno.env.get(name));
  crypto.createCipheriv = finishing(createCipheriv);
  crypto.createDecipheriv = finishing(createDecipheriv);
  try {
    // Before the rest of ssh2, which takes the functions out of this module when it loads.
    if (openGcm) installGcm((await import("ssh2/lib/protocol/crypto.js")).default, openGcm);
    // Without the server, and the HTTP agents with all that Node's http is made of.
    return (await import("ssh2/lib/client.js")).default;
  } finally {
    crypto.createCipheriv = createCipheriv;
    crypto.createDecipheriv = createDecipheriv;
  }
}

/** The part of lib/protocol/crypto.js that makes ciphers once the keys are known. */
interface Ssh2Crypto {
  createCipher(
    config: { readonly outbound: OutboundConfig & { readonly cipherInfo: { sslName: string } } },
  ): unknown;
  createDecipher(
    config: { readonly inbound: InboundConfig & { readonly decipherInfo: { sslName: string } } },
  ): unknown;
}

function installGcm(ssh2: Ssh2Crypto, open: OpenGcm): void {
  const { createCipher, createDecipher } = ssh2;
  ssh2.createCipher = (config) =>
    isGcm(config.outbound.cipherInfo) ? new GcmCipher(open, config.outbound) : createCipher(config);
  ssh2.createDecipher = (config) =>
    isGcm(config.inbound.decipherInfo)
      ? new GcmDecipher(open, config.inbound)
      : createDecipher(config);
}

function isGcm({ sslName }: { readonly sslName: string }): boolean {
  return sslName === "aes-128-gcm" || sslName === "aes-256-gcm";
}

// deno-lint-ignore no-explicit-any -- the two functions have a dozen overloads that do not matter here
function finishing<F extends (...args: any[]) => any>(create: F): F {
  return ((...args: Parameters<F>) => {
    const cipher = create(...args);
    if (args[0] !== "chacha20") return cipher;
    return {
      update(bytes: Uint8Array): Uint8Array {
        const output = cipher.update(bytes);
        cipher.final();
        return output;
      },
    };
  }) as F;
}
