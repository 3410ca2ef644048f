import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "../errors.ts";
import { dataRanges, writeSparse } from "./unpack_sparse.ts";
import { makeTempDir } from "../../tests/support/temp_dir.ts";

const PIECE = 16 * 1024;
const KEEP_NONE = { maxSize: 2 ** 40, keepFree: 0 };

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    yield await Promise.resolve(bytes.subarray(at, at + length));
  }
}

function told(signal = new AbortController().signal): { label: string; signal: AbortSignal } {
  return { label: "x", signal };
}

Deno.test("zeros are left out where they fill a piece of the file", () => {
  const chunk = new Uint8Array(4 * PIECE);
  deepEqual(dataRanges(chunk, 0), []);
  chunk[PIECE] = 1;
  chunk[3 * PIECE - 1] = 1;
  deepEqual(dataRanges(chunk, 0), [{ start: PIECE, end: 3 * PIECE }]);
  chunk[0] = 1;
  chunk[2 * PIECE - 1] = 0;
  deepEqual(dataRanges(chunk, 0), [{ start: 0, end: 3 * PIECE }]);
  // The pieces are those of the file, wherever a chunk begins.
  deepEqual(dataRanges(new Uint8Array(8).fill(1), PIECE - 3), [{ start: 0, end: 8 }]);
  deepEqual(dataRanges(Uint8Array.of(0, 0, 0, 1), PIECE - 3), [{ start: 3, end: 4 }]);
});

Deno.test("a sparse file has the bytes it was given, in chunks of any length", async () => {
  await using dir = await makeTempDir();
  const bytes = new Uint8Array(40 * PIECE + 5);
  for (let at = 10 * PIECE; at < 12 * PIECE + 777; at++) bytes[at] = at;
  for (const length of [1000, PIECE, 100_001, bytes.length]) {
    const path = join(dir.path, String(length));
    await writeSparse(path, chunksOf(bytes, length), KEEP_NONE, told());
    deepEqual(await Deno.readFile(path), bytes);
    const { blocks } = await Deno.stat(path);
    ok(blocks! * 512 <= 4 * PIECE, `${blocks} blocks`);
  }
});

Deno.test("a file that grows too large, fills the disk, or is not wanted any more is stopped", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "file");
  const bytes = new Uint8Array(3 * PIECE).fill(1);
  const cases = [
    { code: "image-corrupt", limits: { ...KEEP_NONE, maxSize: bytes.length - 1 }, how: told() },
    { code: "disk-full", limits: { ...KEEP_NONE, keepFree: 2 ** 60 }, how: told() },
    { code: "interrupted", limits: KEEP_NONE, how: told(AbortSignal.abort()) },
  ] as const;
  for (const { code, limits, how } of cases) {
    const writing = writeSparse(path, chunksOf(bytes, PIECE), limits, how);
    await rejects(writing, (error) => isCubicError(error, code), code);
    await Deno.remove(path);
  }
  await writeSparse(path, chunksOf(bytes, PIECE), { maxSize: bytes.length, keepFree: 0 }, told());
  equal((await Deno.stat(path)).size, bytes.length);
});
