/**
 * zstd as node:zlib has it since Node 22.15. The types of ssh2 bring those of an older Node along, which know nothing
 * of it, so its function is declared here.
 */
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

interface Zstd {
  createZstdDecompress(options: { readonly chunkSize: number }): Transform;
}

/** Unpacks one frame. */
export const { createZstdDecompress } = zlib as unknown as Zstd;
