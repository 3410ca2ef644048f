/** Reads back the ISO 9660 images that `iso9660.ts` writes: one directory, plain files, Rock Ridge names. */

const SECTOR = 2048;
/** Where the volume descriptor holds the record of the root directory (ECMA-119, 8.4). */
const ROOT_RECORD = 16 * SECTOR + 156;

/**
 * The files of an image by name; undefined when it is none that we wrote.
 */
export function isoFiles(
  image: Uint8Array<ArrayBuffer>,
): Readonly<Record<string, Uint8Array<ArrayBuffer>>> | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  try {
    const start = view.getUint32(ROOT_RECORD + 2, true) * SECTOR;
    const end = start + view.getUint32(ROOT_RECORD + 10, true);
    for (let at = start; at < end;) {
      const length = view.getUint8(at);
      // No record crosses the end of a sector; what is left of it is zeros.
      if (length === 0) at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      else {
        const name = rockRidgeName(image.subarray(at, at + length));
        const from = view.getUint32(at + 2, true) * SECTOR;
        const bytes = view.getUint32(at + 10, true);
        if (from + bytes > image.length) return undefined;
        if (name !== undefined) files[name] = image.subarray(from, from + bytes);
        at += length;
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return files;
}

/** RRIP "NM" among the system use entries, which come after the identifier and its padding. */
function rockRidgeName(record: Uint8Array<ArrayBuffer>): string | undefined {
  const identifier = record[32] ?? 0;
  let at = 33 + identifier + (identifier % 2 === 0 ? 1 : 0);
  while (at + 4 < record.length) {
    const length = record[at + 2] ?? 0;
    if (length < 4) return undefined;
    if (record[at] === 0x4e && record[at + 1] === 0x4d) {
      return new TextDecoder().decode(record.subarray(at + 5, at + length));
    }
    at += length;
  }
  return undefined;
}
