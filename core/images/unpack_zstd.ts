/**
 * Unpacking zstd (RFC 8878). node:zlib decodes, but it stops without a word behind the first frame and in a file that
 * was cut, so frames and blocks are told apart here. It is given one block at a time: Deno throws what is wrong with
 * a block where nobody can catch it, unless that is found before any of its output is written.
 */
import { Buffer } from "node:buffer";
import { pipeline, Readable } from "node:stream";
import { CubicError } from "../errors.ts";
import { damage, type Packed } from "./unpack_damage.ts";
import { fileReader, type Take } from "./unpack_reader.ts";
import { createZstdDecompress } from "./unpack_zlib.ts";

const MAGIC = 0xfd2fb528;
/** The last four bits of a skippable frame's magic number are free. */
const SKIPPABLE = 0x184d2a50;
/** The most that a block may hold, packed or not. */
const BLOCK_MAX = 128 * 1024;
const RLE = 1;
const RESERVED = 3;

/**
 * What is in a zstd file, in chunks; `onRead` is told the bytes that were read of it.
 * @throws CubicError "image-corrupt" when it is cut short, damaged or followed by something else, or needs a window
 * above 128 MiB.
 */
export async function* unzstd(
  packed: Packed,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(packed.file);
  const take = fileReader(file, onRead, () => damage(packed, "cut"));
  try {
    while (!await take.atEnd()) {
      const magic = await take(4);
      const number = little(magic);
      if (number === MAGIC) yield* decoded(frame(magic, take, packed));
      else if ((number & ~0xf) >>> 0 === SKIPPABLE) await skip(take, little(await take(4)));
      else throw damage(packed, "trailing");
    }
  } catch (error) {
    throw damageOf(packed, error);
  }
}

/** One frame's header, blocks and checksum, each for itself. */
async function* frame(magic: Uint8Array, take: Take, packed: Packed): AsyncGenerator<Uint8Array> {
  const descriptor = await take(1);
  const [flags = 0] = descriptor;
  yield join(magic, descriptor, await take(headerLength(flags)));
  let last = false;
  while (!last) {
    const header = await take(3);
    const number = little(header);
    last = (number & 1) === 1;
    const type = number >> 1 & 3;
    const length = number >> 3;
    if (type === RESERVED || length > BLOCK_MAX) throw damage(packed, "damaged");
    yield join(header, await take(type === RLE ? 1 : length));
  }
  const hasChecksum = (flags & 4) !== 0;
  if (hasChecksum) yield await take(4);
}

/** Bytes of window descriptor, dictionary id and content size, which the flags tell the lengths of. */
function headerLength(flags: number): number {
  const singleSegment = (flags & 0x20) !== 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  return (singleSegment ? 0 : 1) + dictionary + contentSize;
}

async function* decoded(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.from(pieces, { highWaterMark: 1 });
  // Its errors come out of the loop below.
  const output = pipeline(input, createZstdDecompress({ chunkSize: BLOCK_MAX }), () => {});
  for await (const chunk of output) yield chunk;
}

async function skip(take: Take, length: number): Promise<void> {
  for (let left = length; left > 0; left -= BLOCK_MAX) await take(Math.min(left, BLOCK_MAX));
}

function little(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function damageOf(packed: Packed, error: unknown): unknown {
  if (error instanceof CubicError || !(error instanceof Error)) return error;
  if (!error.message.startsWith("Zstd")) return error;
  return damage(packed, /too much memory/i.test(error.message) ? "memory" : "damaged", error);
}
