/**
 * Loading ssh2, the one place that does. ssh2 makes three ChaCha20 objects a packet, uses each once and drops it without
 * calling final(); Deno 2.9 frees what stands behind such an object only in final(), so that every gigabyte
 * would leave some 60 MB behind. While ssh2 loads it is handed functions that finish after the one use.
 */
import crypto from "node:crypto";

/** ssh2's module. */
export type Ssh2 = typeof import("ssh2");

let loaded: Promise<Ssh2> | undefined;

/** Loads ssh2 (66 ms) on the first call. */
export function loadSsh2(): Promise<Ssh2> {
  return loaded ??= load();
}

async function load(): Promise<Ssh2> {
  const { createCipheriv, createDecipheriv } = crypto;
  crypto.createCipheriv = finishing(createCipheriv);
  crypto.createDecipheriv = finishing(createDecipheriv);
  try {
    return (await import("ssh2")).default;
  } finally {
    crypto.createCipheriv = createCipheriv;
    crypto.createDecipheriv = createDecipheriv;
  }
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
