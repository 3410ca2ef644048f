/** Damage at every place, with data that node:zlib packs; tests/system has what the real programs write. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { isCubicError } from "../errors.ts";
import type { Compression } from "./unpack_damage.ts";
import { unpacked } from "./unpack_stream.ts";
import { makeRandom } from "../../tests/support/random.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

// The types that come with ssh2's are of an older Node. 201 is ZSTD_c_checksumFlag (zstd.h).
const { zstdCompressSync } = zlib as unknown as {
  zstdCompressSync(data: Uint8Array, options: { params: Record<number, number> }): Uint8Array;
};
const CHECKSUM_FLAG = 201;

const random = makeRandom(1);
const CONTENT = Buffer.concat([
  Buffer.from("a line of a disk image\n".repeat(9000)),
  Buffer.alloc(300_000),
  Buffer.from(Array.from({ length: 70_000 }, () => random() * 256)),
]);
const PACKED: readonly [Compression, Uint8Array][] = [
  ["gzip", zlib.gzipSync(CONTENT)],
  ["zstd", zstdCompressSync(CONTENT, { params: { [CHECKSUM_FLAG]: 1 } })],
];

async function unpack(compression: Compression, bytes: Uint8Array): Promise<Uint8Array> {
  await using dir = await makeTempDir();
  const file = join(dir.path, "packed");
  await Deno.writeFile(file, bytes);
  let read = 0;
  const chunks = unpacked({ file, compression, label: "x" }, (count) => read += count);
  const result = Buffer.concat(await Array.fromAsync(chunks));
  equal(read, bytes.length);
  return result;
}

async function refuses(compression: Compression, bytes: Uint8Array, says: RegExp): Promise<void> {
  await rejects(unpack(compression, bytes), (error) => {
    match(String(error), says);
    return isCubicError(error, "image-corrupt");
  });
}

for (const [compression, packed] of PACKED) {
  Deno.test(`${compression}: what was packed comes back, also in several parts`, async () => {
    deepEqual(Buffer.from(await unpack(compression, packed)), CONTENT);
    const twice = await unpack(compression, Buffer.concat([packed, packed]));
    deepEqual(Buffer.from(twice), Buffer.concat([CONTENT, CONTENT]));
  });

  Deno.test(`${compression}: a file that was cut is refused, wherever it was cut`, async () => {
    const places = Array.from({ length: 12 }, (_, i) => [packed.length - 1 - i, 5 + i * 1000])
      .flat();
    for (const length of places) {
      await refuses(compression, packed.subarray(0, length), /ends too early/);
      const second = Buffer.concat([packed, packed.subarray(0, length)]);
      await refuses(compression, second, /ends too early/);
    }
  });

  Deno.test(`${compression}: a wrong bit is found, wherever it is`, async () => {
    // The first ten bytes of gzip's header hold a time and other things that change nothing.
    for (let at = 10; at < packed.length; at += 521) {
      const wrong = Uint8Array.from(packed);
      wrong[at]! ^= 4;
      await refuses(compression, wrong, /damaged|too early|something else follows|too much memory/);
    }
  });

  Deno.test(`${compression}: something else behind the data is refused`, async () => {
    for (const text of ["something else", "\0\0\0\0something else"]) {
      const more = Buffer.concat([packed, Buffer.from(text)]);
      await refuses(compression, more, /something else follows its/);
    }
  });
}

Deno.test("gzip: zeros may fill the file up, but hide nothing", async () => {
  const [, packed] = PACKED[0]!;
  const filled = Buffer.concat([packed, Buffer.alloc(700)]);
  deepEqual(Buffer.from(await unpack("gzip", filled)), CONTENT);
  await refuses("gzip", Buffer.concat([filled, packed]), /something else follows its/);
});

Deno.test("zstd: frames that hold no data are passed over", async () => {
  const [, packed] = PACKED[1]!;
  const skippable = Buffer.from("502a4d1803000000616263", "hex");
  const bytes = Buffer.concat([skippable, packed, skippable]);
  deepEqual(Buffer.from(await unpack("zstd", bytes)), CONTENT);
  await refuses("zstd", bytes.subarray(0, -1), /ends too early/);
});

Deno.test("zstd: a block that says it is larger than a block can be is not read", async () => {
  const bytes = Buffer.concat([
    Buffer.from("28b52ffd0058", "hex"),
    Buffer.from([0xfd, 0xff, 0xff]),
    Buffer.alloc(2 ** 21),
  ]);
  await refuses("zstd", bytes, /damaged/);
});

Deno.test("a stream that nobody reads to its end leaves no file open", async () => {
  await using dir = await makeTempDir();
  for (const [compression, packed] of PACKED) {
    const file = join(dir.path, compression);
    await Deno.writeFile(file, packed);
    for await (const chunk of unpacked({ file, compression, label: "x" })) {
      ok(chunk.length > 0);
      break;
    }
  }
});
