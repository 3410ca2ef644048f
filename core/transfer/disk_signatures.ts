/**
 * Files that a guest would take for a disk with something on it. While such a file is plugged in, udev and what
 * follows it (LVM, mdadm, bcache, desktop mounters) would set it up, and one with the UUID of the guest's own root
 * could take its place. The places are those that libblkid looks at.
 */

/** Bytes to look at from a file's beginning: up to the last superblock there, btrfs's at 64 KiB. */
export const HEAD_BYTES = 72 * 1024;
/** Bytes to look at from its end: md's oldest superblock is up to 128 KiB before it. */
export const TAIL_BYTES = 132 * 1024;

interface Signature {
  readonly name: string;
  readonly at: readonly number[];
  readonly bytes: readonly number[];
}

const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const MD_MAGIC = [0xfc, 0x4e, 0x2b, 0xa9];

const AT_START: readonly Signature[] = [
  // Also FAT and NTFS.
  { name: "a partition table", at: [510], bytes: [0x55, 0xaa] },
  { name: "a partition table", at: [512, 4096], bytes: ascii("EFI PART") },
  { name: "an ext file system", at: [0x438], bytes: [0x53, 0xef] },
  { name: "an XFS file system", at: [0], bytes: ascii("XFSB") },
  { name: "a btrfs file system", at: [0x10040], bytes: ascii("_BHRfS_M") },
  { name: "an F2FS file system", at: [0x400], bytes: [0x10, 0x20, 0xf5, 0xf2] },
  { name: "an EROFS file system", at: [0x400], bytes: [0xe2, 0xe1, 0xf5, 0xe0] },
  { name: "a SquashFS file system", at: [0], bytes: ascii("hsqs") },
  { name: "a bcachefs or bcache disk", at: [4120], bytes: [0xc6, 0x85, 0x73, 0xf6] },
  { name: "an LVM volume", at: [0, 512, 1024, 1536], bytes: ascii("LABELONE") },
  {
    name: "a LUKS volume",
    at: [0, 0x4000, 0x8000, 0x10000],
    bytes: [...ascii("LUKS"), 0xba, 0xbe],
  },
  { name: "a LUKS volume", at: [0x4000, 0x8000, 0x10000], bytes: [...ascii("SKUL"), 0xba, 0xbe] },
  { name: "a RAID member", at: [0, 4096], bytes: MD_MAGIC },
  ...["SWAPSPACE2", "SWAP-SPACE"].map((magic) => ({
    name: "swap space",
    at: [4096, 8192, 16384, 32768, 65536].map((page) => page - 10),
    bytes: ascii(magic),
  })),
  ...["CD001", "BEA01", "NSR02", "NSR03"].map((magic) => ({
    name: "a CD image",
    at: [0x8001, 0x8801, 0x9001],
    bytes: ascii(magic),
  })),
];

/** Distances from the end of the disk. */
const AT_END: readonly Signature[] = [
  { name: "a partition table", at: [512, 4096], bytes: ascii("EFI PART") },
  { name: "a RAID member", at: [1024], bytes: ascii("Intel Raid ISM Cfg") },
  { name: "a RAID member", at: [512], bytes: [0xde, 0x11, 0xde, 0x11] },
];

/**
 * What the guest would find on a disk of this size; undefined for nothing. `head` is the first {@linkcode HEAD_BYTES}
 * of the file, `tail` its last {@linkcode TAIL_BYTES}, both shorter when the file is.
 */
export function findSignature(
  head: Uint8Array,
  tail: Uint8Array,
  size: number,
): string | undefined {
  // The disk is the file rounded up.
  const missing = diskSize(size) - size;
  const fromEnd = (distance: number): number => tail.length + missing - distance;
  const found =
    AT_START.find(({ at, bytes }) => at.some((offset) => matches(head, offset, bytes))) ??
      AT_END.find(({ at, bytes }) =>
        at.some((distance) => matches(tail, fromEnd(distance), bytes))
      );
  if (found) return found.name;
  const ofRaid = raidPlaces(diskSize(size)).map((place) => fromEnd(diskSize(size) - place));
  return ofRaid.some((offset) => matches(tail, offset, MD_MAGIC)) ? "a RAID member" : undefined;
}

/** The size of the disk that a file makes: whole sectors of 512 bytes. */
export function diskSize(size: number): number {
  return Math.ceil(size / 512) * 512;
}

/** Where md's formats 0.90 and 1.0 keep their superblock (md(4)). */
function raidPlaces(disk: number): number[] {
  const oldest = Math.floor(disk / 65536) * 65536 - 65536;
  const newer = Math.floor((disk - 8192) / 4096) * 4096;
  return [oldest, newer].filter((place) => place >= 0);
}

function matches(bytes: Uint8Array, offset: number, wanted: readonly number[]): boolean {
  return offset >= 0 && wanted.every((byte, index) => bytes[offset + index] === byte);
}
