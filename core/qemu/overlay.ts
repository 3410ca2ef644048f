/**
 * Reading from a qcow2 file itself what it stands on (QEMU's docs/interop/qcow2.rst): needed for every disk there is
 * whenever something below them is to be removed, so no process is started for it.
 */

/** What the header of a disk says. */
export interface Overlay {
  /** The size the guest sees, in bytes. */
  readonly virtualSize: number;
  /** The file below, as written: relative to the directory of this one. Undefined when the disk stands alone. */
  readonly backing: string | undefined;
  /** True while nothing was ever written to it, so that all it would add to what it stands on is nothing. */
  readonly untouched: boolean;
}

/** "QFI" and 0xfb. */
const MAGIC = 0x514649fb;
/** Up to the offset of the snapshots; the same in versions 2 and 3. */
const HEADER_BYTES = 72;
/** The format's own limit for the name of a backing file. */
const MAX_NAME = 1023;
/** QEMU's limit for the first table: 32 MiB. */
const MAX_TABLE = 32 * 1024 ** 2;

/**
 * Reads what a disk stands on; undefined when the file is no qcow2 image that can be understood.
 * @throws Deno.errors.NotFound, Deno.errors.PermissionDenied
 */
export async function readOverlay(path: string): Promise<Overlay | undefined> {
  using file = await Deno.open(path);
  const header = await readAt(file, 0, HEADER_BYTES);
  if (!header) return undefined;
  const view = new DataView(header.buffer);
  if (view.getUint32(0) !== MAGIC || ![2, 3].includes(view.getUint32(4))) return undefined;
  const nameBytes = view.getUint32(16);
  const tableBytes = view.getUint32(36) * 8;
  if (nameBytes > MAX_NAME || tableBytes > MAX_TABLE) return undefined;
  const nameAt = Number(view.getBigUint64(8));
  const name = nameAt === 0 ? undefined : await readAt(file, nameAt, nameBytes);
  const table = await readAt(file, Number(view.getBigUint64(40)), tableBytes);
  if (!table || (nameAt !== 0 && !name)) return undefined;
  return {
    virtualSize: Number(view.getBigUint64(24)),
    backing: name && new TextDecoder().decode(name),
    // An entry of the first table is 0 until a cluster below it was written.
    untouched: view.getUint32(60) === 0 && table.every((byte) => byte === 0),
  };
}

/** That many bytes from there; undefined when the file ends before. */
async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) return undefined;
    done += count;
  }
  return bytes;
}
