/**
 * AES-GCM by the host's OpenSSL, called through FFI: Deno's node:crypto does 150 MiB/s where libcrypto does 4,000.
 * Whatever is missing or odd (no library, no permission, a wrong result) means that there is none.
 */
import { createCipheriv, randomBytes } from "node:crypto";

/** One direction of AES-GCM under one key; see {@linkcode openGcm}. */
export interface GcmContext {
  /**
   * Encrypts or decrypts `input` into `output`, which may be the same bytes, with `aad` authenticated before it. The
   * tag is written when encrypting; when decrypting it is checked, and false means that it is wrong.
   */
  run(
    iv: Uint8Array<ArrayBuffer>,
    aad: Uint8Array<ArrayBuffer>,
    input: Uint8Array<ArrayBuffer>,
    output: Uint8Array<ArrayBuffer>,
    tag: Uint8Array<ArrayBuffer>,
  ): boolean;
  /** Frees the key; nothing may be called after it. */
  free(): void;
}

/** Makes a context for a key of 16 or 32 bytes and IVs of 12. */
export type OpenGcm = (key: Uint8Array<ArrayBuffer>, encrypts: boolean) => GcmContext;

/** By name where the loader finds it, and Homebrew's places; macOS ends a program that loads its own libcrypto. */
const LIBRARIES: Readonly<Partial<Record<typeof Deno.build.os, readonly string[]>>> = {
  linux: ["libcrypto.so.3", "libcrypto.so.1.1"],
  darwin: [
    "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
    "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
  ],
};

const SYMBOLS = {
  OPENSSL_init_crypto: { parameters: ["u64", "pointer"], result: "i32" },
  EVP_aes_128_gcm: { parameters: [], result: "pointer" },
  EVP_aes_256_gcm: { parameters: [], result: "pointer" },
  EVP_CIPHER_CTX_new: { parameters: [], result: "pointer" },
  EVP_CIPHER_CTX_free: { parameters: ["pointer"], result: "void" },
  EVP_CIPHER_CTX_ctrl: { parameters: ["pointer", "i32", "i32", "buffer"], result: "i32" },
  EVP_CipherInit_ex: {
    parameters: ["pointer", "pointer", "pointer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  EVP_CipherUpdate: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  EVP_CipherFinal_ex: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
} as const;

type Evp = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/**
 * openssl/crypto.h: OPENSSL_INIT_NO_ATEXIT. Without it the library frees its tables when the process exits, while other
 * threads of this process may still end and free theirs: a rare crash after all was done.
 */
const NO_ATEXIT = 0x80000n;
/** openssl/evp.h: EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG. */
const [GET_TAG, SET_TAG] = [0x10, 0x11];
const TAG_LENGTH = 16;

/**
 * Finds the library and tries it out; undefined where it can't be used, and when CUBIC_NO_FFI is set. Takes a few
 * milliseconds.
 */
export function findGcm(env: (name: string) => string | undefined): OpenGcm | undefined {
  if (env("CUBIC_NO_FFI")) return undefined;
  for (const path of LIBRARIES[Deno.build.os] ?? []) {
    try {
      const open = gcmOf(Deno.dlopen(path, SYMBOLS).symbols);
      if (agreesWithNode(open)) return open;
    } catch {
      // Not there, not permitted, or not what its name says: the next one.
    }
  }
  return undefined;
}

function gcmOf(evp: Evp): OpenGcm {
  if (evp.OPENSSL_init_crypto(NO_ATEXIT, null) !== 1) throw new Error("libcrypto can't be set up");
  return (key, encrypts) => {
    const context = evp.EVP_CIPHER_CTX_new();
    const cipher = key.length === 32 ? evp.EVP_aes_256_gcm() : evp.EVP_aes_128_gcm();
    const direction = encrypts ? 1 : 0;
    if (evp.EVP_CipherInit_ex(context, cipher, null, key, null, direction) !== 1) {
      evp.EVP_CIPHER_CTX_free(context);
      throw new Error("AES-GCM can't be set up");
    }
    const written = new Uint8Array(4);
    const rest = new Uint8Array(TAG_LENGTH);
    return {
      run(iv, aad, input, output, tag) {
        const started = evp.EVP_CipherInit_ex(context, null, null, null, iv, -1) === 1 &&
          evp.EVP_CipherUpdate(context, null, written, aad, aad.length) === 1 &&
          evp.EVP_CipherUpdate(context, output, written, input, input.length) === 1;
        if (!started) throw new Error("AES-GCM failed");
        if (encrypts) {
          if (evp.EVP_CipherFinal_ex(context, rest, written) !== 1) {
            throw new Error("AES-GCM failed");
          }
          return evp.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_LENGTH, tag) === 1;
        }
        return evp.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG_LENGTH, tag) === 1 &&
          evp.EVP_CipherFinal_ex(context, rest, written) === 1;
      },
      free: () => evp.EVP_CIPHER_CTX_free(context),
    };
  };
}

/** What the library makes is compared with what node:crypto makes, both ways, and a wrong tag must be seen. */
function agreesWithNode(open: OpenGcm): boolean {
  for (const bits of [128, 256]) {
    const [key, iv, aad] = [fresh(bits / 8), fresh(12), fresh(4)];
    const [seal, unseal] = [open(key, true), open(key, false)];
    for (const length of [16, 1008]) {
      const plain = fresh(length);
      const node = createCipheriv(bits === 128 ? "aes-128-gcm" : "aes-256-gcm", key, iv);
      node.setAAD(aad);
      const expected = node.update(plain);
      node.final();
      const [bytes, tag] = [plain.slice(), new Uint8Array(TAG_LENGTH)];
      if (!seal.run(iv, aad, bytes, bytes, tag)) return false;
      if (!same(bytes, expected) || !same(tag, node.getAuthTag())) return false;
      if (!unseal.run(iv, aad, bytes, bytes, tag) || !same(bytes, plain)) return false;
      tag[0]! ^= 1;
      if (unseal.run(iv, aad, bytes, bytes, tag)) return false;
    }
    seal.free();
    unseal.free();
  }
  return true;
}

function fresh(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
