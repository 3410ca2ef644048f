/** Unpacking gzip (RFC 1952), also of several members. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { damage, type Packed } from "./unpack_damage.ts";

const CHUNK = 256 * 1024;

/**
 * What is in a gzip file, in chunks; `onRead` is told the bytes that were read of it.
 * @throws CubicError "image-corrupt" when it is cut short, damaged, or followed by anything but zeros.
 */
export async function* gunzip(
  packed: Packed,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const input = createReadStream(packed.file, { highWaterMark: CHUNK });
  input.on("data", (chunk) => onRead(chunk.length));
  // Its errors come out of the loop below.
  const output = pipeline(input, createGunzip({ chunkSize: CHUNK }), () => {});
  try {
    for await (const chunk of output) yield chunk;
    if (!await zerosFollow(packed.file, output.bytesWritten)) throw damage(packed, "trailing");
  } catch (error) {
    throw damageOf(packed, error);
  } finally {
    input.destroy();
  }
}

/** Zeros may fill a file up; zlib stops at the first of them, and what else follows would be lost without a word. */
async function zerosFollow(path: string, start: number): Promise<boolean> {
  using file = await Deno.open(path);
  await file.seek(start, Deno.SeekMode.Start);
  const buffer = new Uint8Array(CHUNK);
  for (let count; (count = await file.read(buffer)) !== null;) {
    if (buffer.subarray(0, count).some((byte) => byte !== 0)) return false;
  }
  return true;
}

function damageOf(packed: Packed, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "Z_BUF_ERROR") return damage(packed, "cut", error);
  if (error.code !== "Z_DATA_ERROR") return error;
  // The header of a first member was seen before anybody came here.
  const kind = error.message === "incorrect header check" ? "trailing" : "damaged";
  return damage(packed, kind, error);
}
