/** Digests of files too large for memory. */
import { createHash } from "node:crypto";
import { interrupted } from "../errors.ts";
import type { Checksum } from "../../plugins/contract.ts";

const CHUNK = 1024 * 1024;

/** Feeds `length` bytes of a file from `offset` on (all by default) to `use`, one chunk at a time; the chunk is reused. */
export async function readChunks(
  path: string,
  use: (chunk: Uint8Array) => void,
  options: {
    readonly signal?: AbortSignal;
    readonly offset?: number;
    readonly length?: number;
  } = {},
): Promise<void> {
  using file = await Deno.open(path);
  await file.seek(options.offset ?? 0, Deno.SeekMode.Start);
  const buffer = new Uint8Array(CHUNK);
  let left = options.length ?? Infinity;
  while (left > 0) {
    if (options.signal?.aborted) throw interrupted();
    const count = await file.read(buffer.subarray(0, Math.min(left, CHUNK)));
    if (count === null) return;
    use(buffer.subarray(0, count));
    left -= count;
  }
}

/** The digest of a whole file, in lower-case hexadecimal. */
export async function digestFile(
  path: string,
  algorithm: Checksum["algorithm"],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  await readChunks(path, (chunk) => hash.update(chunk), signal ? { signal } : {});
  return hash.digest("hex");
}
