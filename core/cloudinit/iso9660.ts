/**
 * A writer for the small ISO 9660 images that cloud-init's NoCloud source reads: one directory, plain files,
 * Rock Ridge names (ECMA-119 and IEEE P1282). Upstream's writer corrupted documents of 2048 bytes and more;
 * here every file gets its own extent, and the tests read the result back with xorriso.
 */

const SECTOR = 2048;
/** Sectors 0 to 15 are the system area, then come descriptor, terminator and the two path tables. */
const DESCRIPTOR = 16;
const TERMINATOR = 17;
const PATH_TABLE_LE = 18;
const PATH_TABLE_BE = 19;
const ROOT = 20;
/** The path table of a volume whose only directory is the root: one 10-byte record. */
const PATH_TABLE_SIZE = 10;

interface Extent {
  readonly name: string;
  readonly content: Uint8Array;
  readonly sector: number;
}

/**
 * The bytes of an image with that volume label and those files. The same input gives the same bytes: no
 * dates are recorded.
 * @throws RangeError when a name or the number of files does not fit in one directory sector chain.
 */
export function isoImage(
  label: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Uint8Array<ArrayBuffer> {
  const contents = Object.entries(files).map(([name, content]) => ({
    name,
    content: typeof content === "string" ? new TextEncoder().encode(content) : content,
  }));
  const rootSectors = directorySectors(contents.map(({ name }) => name));
  const extents = placeFiles(contents, ROOT + rootSectors);
  const last = extents.at(-1);
  const sectors = last ? last.sector + sectorsFor(last.content.length) : ROOT + rootSectors;

  const image = new Uint8Array(sectors * SECTOR);
  image.set(volumeDescriptor(label, sectors, rootSectors), DESCRIPTOR * SECTOR);
  image.set([255, ...ascii("CD001"), 1], TERMINATOR * SECTOR);
  image.set(pathTable(true), PATH_TABLE_LE * SECTOR);
  image.set(pathTable(false), PATH_TABLE_BE * SECTOR);
  image.set(rootDirectory(extents, rootSectors), ROOT * SECTOR);
  for (const { content, sector } of extents) image.set(content, sector * SECTOR);
  return image;
}

function placeFiles(
  files: readonly { name: string; content: Uint8Array }[],
  firstSector: number,
): Extent[] {
  let sector = firstSector;
  return files.map((file) => {
    const extent = { ...file, sector };
    sector += sectorsFor(file.content.length);
    return extent;
  });
}

/** An empty file still gets a sector, so that no two extents begin at the same place. */
function sectorsFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / SECTOR));
}

function volumeDescriptor(label: string, sectors: number, rootSectors: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const text = (offset: number, length: number, value: string): void =>
    bytes.set(ascii(value.padEnd(length).slice(0, length)), offset);
  bytes.set([1, ...ascii("CD001"), 1]);
  text(8, 32, "");
  text(40, 32, label);
  bytes.set(both32(sectors), 80);
  bytes.set(both16(1), 120);
  bytes.set(both16(1), 124);
  bytes.set(both16(SECTOR), 128);
  bytes.set(both32(PATH_TABLE_SIZE), 132);
  bytes.set(little32(PATH_TABLE_LE), 140);
  bytes.set(big32(PATH_TABLE_BE), 148);
  bytes.set(directoryRecord([0], ROOT, rootSectors * SECTOR, true, []), 156);
  text(190, 128 * 4, "");
  text(702, 37 * 3, "");
  for (const date of [813, 830, 847, 864]) text(date, 16, "0".repeat(16));
  bytes[881] = 1;
  return bytes;
}

function pathTable(littleEndian: boolean): number[] {
  const location = littleEndian ? little32(ROOT) : big32(ROOT);
  return [1, 0, ...location, ...(littleEndian ? [1, 0] : [0, 1]), 0, 0];
}

function rootDirectory(extents: readonly Extent[], rootSectors: number): Uint8Array {
  const size = rootSectors * SECTOR;
  const records = [
    ...ownRecords(size),
    ...extents.map(({ name, content, sector }, index) =>
      directoryRecord(ascii(isoName(index)), sector, content.length, false, fileAttributes(name))
    ),
  ];
  const bytes = new Uint8Array(size);
  layOut(records.map((record) => record.length)).forEach((offset, index) =>
    bytes.set(records[index] ?? [], offset)
  );
  return bytes;
}

/** The root's records for itself and its parent, which is itself too. */
function ownRecords(size: number): number[][] {
  return [
    directoryRecord([0], ROOT, size, true, [
      ...sharingProtocol(),
      ...extensionReference(),
      ...posixAttributes(true),
    ]),
    directoryRecord([1], ROOT, size, true, posixAttributes(true)),
  ];
}

/** Offsets of directory records; a record may not cross a sector boundary. */
function layOut(lengths: readonly number[]): number[] {
  let offset = 0;
  return lengths.map((length) => {
    if (offset % SECTOR + length > SECTOR) offset = Math.ceil(offset / SECTOR) * SECTOR;
    const start = offset;
    offset += length;
    return start;
  });
}

function directorySectors(names: readonly string[]): number {
  const lengths = [...ownRecords(0).map((record) => record.length), ...names.map(recordLength)];
  const end = (layOut(lengths).at(-1) ?? 0) + (lengths.at(-1) ?? 0);
  return Math.max(1, Math.ceil(end / SECTOR));
}

function recordLength(name: string, index: number): number {
  return directoryRecord(ascii(isoName(index)), 0, 0, false, fileAttributes(name)).length;
}

/** The name plain ISO 9660 readers see; the real one is in the Rock Ridge entry. */
function isoName(index: number): string {
  return `F${String(index).padStart(7, "0")}.;1`;
}

/** ECMA-119, 9.1. */
function directoryRecord(
  identifier: readonly number[],
  sector: number,
  size: number,
  directory: boolean,
  systemUse: readonly number[],
): number[] {
  const padding = identifier.length % 2 === 0 ? [0] : [];
  const length = 33 + identifier.length + padding.length + systemUse.length;
  const evenLength = length + length % 2;
  if (evenLength > 255) throw new RangeError("Cannot write a seed file with so long a name");
  return [
    evenLength,
    0,
    ...both32(sector),
    ...both32(size),
    ...[0, 0, 0, 0, 0, 0, 0],
    directory ? 2 : 0,
    0,
    0,
    ...both16(1),
    identifier.length,
    ...identifier,
    ...padding,
    ...systemUse,
    ...(length % 2 === 1 ? [0] : []),
  ];
}

/** SUSP "SP": marks that system use entries follow the sharing protocol. */
function sharingProtocol(): number[] {
  return [...ascii("SP"), 7, 1, 0xbe, 0xef, 0];
}

/** SUSP "ER": the extension in use is Rock Ridge. */
function extensionReference(): number[] {
  const id = ascii("RRIP_1991A");
  return [...ascii("ER"), 8 + id.length, 1, id.length, 0, 0, 1, ...id];
}

/** RRIP "PX": mode, links, owner and group. The seed holds a private key: its owner only. */
function posixAttributes(directory: boolean): number[] {
  const mode = directory ? 0o040500 : 0o100400;
  return [...ascii("PX"), 36, 1, ...both32(mode), ...both32(1), ...both32(0), ...both32(0)];
}

/** RRIP "NM": the real name. */
function fileAttributes(name: string): number[] {
  const bytes = [...new TextEncoder().encode(name)];
  return [...posixAttributes(false), ...ascii("NM"), 5 + bytes.length, 1, 0, ...bytes];
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

function little32(value: number): number[] {
  return [value & 255, value >>> 8 & 255, value >>> 16 & 255, value >>> 24];
}

function big32(value: number): number[] {
  return little32(value).reverse();
}

function both32(value: number): number[] {
  return [...little32(value), ...big32(value)];
}

function both16(value: number): number[] {
  return [value & 255, value >>> 8, value >>> 8, value & 255];
}
