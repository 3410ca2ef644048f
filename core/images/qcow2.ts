/**
 * Reading the header of a qcow2 image (QEMU's docs/interop/qcow2.rst): enough to know that a file is one, how large
 * a disk it is, and that it stands on no other file.
 */
import { CubicError } from "../errors.ts";

/** What the header of a qcow2 file says. */
export interface Qcow2Header {
  readonly version: number;
  /** The size the guest sees, in bytes. */
  readonly virtualSize: number;
  /** True when the file names a backing file or an external data file: QEMU would open what it names. */
  readonly external: boolean;
}

/** Bytes of a header that are worth reading. */
export const HEADER_SIZE = 80;
/** "QFI" and 0xfb, at offset 0. */
const MAGIC = 0x514649fb;
/** Incompatible feature bit 2 at offset 72: the data is in another file. */
const EXTERNAL_DATA = 1n << 2n;

/** Reads a header; undefined when the bytes are not the start of a qcow2 image of version 2 or 3. */
export function parseQcow2Header(bytes: Uint8Array): Qcow2Header | undefined {
  if (bytes.length < 72) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(4);
  if (view.getUint32(0) !== MAGIC || (version !== 2 && version !== 3)) return undefined;
  const virtualSize = Number(view.getBigUint64(24));
  if (!Number.isSafeInteger(virtualSize)) return undefined;
  const incompatible = version === 3 && bytes.length >= HEADER_SIZE ? view.getBigUint64(72) : 0n;
  const external = view.getBigUint64(8) !== 0n || (incompatible & EXTERNAL_DATA) !== 0n;
  return { version, virtualSize, external };
}

/**
 * The header of an image file that will be given to QEMU; errors call it by `name`.
 * @throws CubicError "image-corrupt" when it is no qcow2 image, or one that makes QEMU open other files.
 */
export async function readImageHeader(path: string, name = path): Promise<Qcow2Header> {
  const header = parseQcow2Header(await firstBytes(path));
  if (!header) {
    throw new CubicError("image-corrupt", `Cannot use ${name}: it is not a qcow2 image`, {
      hint: "`qemu-img info FILE` tells what it is; `qemu-img convert -O qcow2` converts it.",
    });
  }
  if (header.external) {
    throw new CubicError("image-corrupt", `Cannot use ${name}: it refers to another file`, {
      hint: "An image must be complete; `qemu-img convert -O qcow2` makes it so.",
    });
  }
  return header;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(HEADER_SIZE);
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
