/** What is in a compressed file, as a stream. */
import { type Compression, type Packed } from "./unpack_damage.ts";
import { gunzip } from "./unpack_gzip.ts";
import { unxz } from "./unpack_xz.ts";
import { unzstd } from "./unpack_zstd.ts";

type Unpack = (packed: Packed, onRead: (bytes: number) => void) => AsyncGenerator<Uint8Array>;

const UNPACK: Readonly<Record<Compression, Unpack>> = { gzip: gunzip, xz: unxz, zstd: unzstd };

/**
 * What is in a compressed file, in chunks and memory that do not grow with it; `onRead` is told the bytes that were
 * read of the file.
 * @throws CubicError "image-corrupt" when the data is cut short, damaged, or followed by something else.
 */
export function unpacked(
  packed: Packed,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  return UNPACK[packed.compression](packed, onRead);
}
