/**
 * Unpacking xz (The .xz File Format 1.2.1), also of several blocks, streams and padding. The package is XZ Embedded
 * as WebAssembly inside its own source, so it needs no file and no network.
 */
import { type Damage, damage, type Packed } from "./unpack_damage.ts";

const CHUNK = 64 * 1024;

/** What the results of XZ Embedded (enum xz_ret in its xz.h) tell. */
const DAMAGES: Readonly<Record<string, Damage>> = {
  3: "memory",
  4: "memory",
  // The start of a stream that is none; the first one's was seen before anybody came here.
  5: "trailing",
  6: "options",
  7: "damaged",
  8: "cut",
};

/**
 * What is in an xz file, in chunks; `onRead` is told the bytes that were read of it.
 * @throws CubicError "image-corrupt" when it is cut short, damaged or followed by something else, and for what XZ
 * Embedded does not read: SHA-256 checks, filters before LZMA2, dictionaries above 64 MiB.
 */
export async function* unxz(
  packed: Packed,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  // Its types tell of named exports that a CommonJS module has only inside its default.
  const { default: { XzReadableStream } } = await import("xz-decompress") as unknown as {
    default: typeof import("xz-decompress");
  };
  using file = await Deno.open(packed.file);
  const input = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = new Uint8Array(CHUNK);
      const length = await file.read(chunk);
      if (length === null) return controller.close();
      onRead(length);
      controller.enqueue(chunk.subarray(0, length));
    },
  });
  try {
    yield* new XzReadableStream(input);
  } catch (error) {
    throw damageOf(packed, error);
  }
}

function damageOf(packed: Packed, error: unknown): unknown {
  const [, code = ""] = /error code (\d+)$/.exec(error instanceof Error ? error.message : "") ?? [];
  const kind = DAMAGES[code];
  return kind === undefined ? error : damage(packed, kind, error);
}
