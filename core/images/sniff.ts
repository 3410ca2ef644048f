/** What a file is, by its bytes; its name is not asked. */
import { basename } from "node:path";
import { CubicError } from "../errors.ts";
import { type Compression } from "./unpack_damage.ts";
import { unpacked } from "./unpack_stream.ts";

/** The form an image comes in. */
export interface ImageForm {
  readonly format: "qcow2" | "raw";
  /** How the file is compressed as a whole. */
  readonly compression?: Compression;
}

/** Something that is no disk image. */
interface Look {
  readonly what: string;
  readonly hint: string;
}

/** Enough to see the volume descriptor of an ISO 9660 image, at 32768. */
const HEAD = 64 * 1024;
const SMALLEST_DISK = 1024 * 1024;
const SECTOR = 512;

const PACKED: readonly [magic: string, compression: Compression][] = [
  ["\x1f\x8b", "gzip"],
  ["\xfd7zXZ\0", "xz"],
  ["\x28\xb5\x2f\xfd", "zstd"],
];

const QCOW2 = "QFI\xfb";
/** Ends the first sector of a disk with an MBR, and so of one with a GPT, which has a protective MBR. */
const BOOT_SIGNATURE = "\x55\xaa";

const CONVERT = "Convert it with `qemu-img convert -O qcow2 FILE image.qcow2` and use the result.";
const UNPACK = "Unpack it and use the disk image that is in it.";
const OTHER = "cubic takes qcow2 and raw disk images, plain or compressed with gzip, xz or zstd.";
const PAGE = "A server sometimes answers with a page instead of the file; check the URL.";
const LIVE = "Take the cloud image of the distribution instead of its installation medium.";

/** Marks of other files: offset, bytes, what has them, what to do then. The first that fits counts. */
const LOOKS: readonly [offset: number, magic: string, what: string, hint: string][] = [
  [32769, "CD001", "an ISO 9660 image, as of an installation medium", LIVE],
  [0, "KDMV", "a VMDK disk of VMware", CONVERT],
  [0, "# Disk DescriptorFile", "the description of a VMDK disk of VMware", CONVERT],
  [64, "\x7f\x10\xda\xbe", "a VDI disk of VirtualBox", CONVERT],
  [0, "vhdxfile", "a VHDX disk of Hyper-V", CONVERT],
  [0, "conectix", "a VHD disk of Hyper-V", CONVERT],
  [257, "ustar", "a tar archive", UNPACK],
  [0, "PK\x03\x04", "a zip archive", UNPACK],
  [0, "7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK],
  [0, "BZh", "a bzip2 file", UNPACK],
  [0, "\x7fELF", "a program", OTHER],
  [0, "hsqs", "a squashfs file system", OTHER],
];

/**
 * The form of an image file; `name` is what errors call it. A compressed file is unpacked as far as it takes.
 * @throws CubicError "image-corrupt" when it is no disk image, saying what it looks like.
 */
export async function sniffImage(path: string, name = basename(path)): Promise<ImageForm> {
  const { size } = await Deno.stat(path);
  const head = await headOf(fileChunks(path));
  const compression = PACKED.find(([magic]) => has(head, 0, magic))?.[1];
  const inner = compression && await headOf(unpacked({ file: path, compression, label: name }));
  const format = formatOf(inner ?? head, inner ? undefined : size);
  if (typeof format === "string") return { format, ...(compression && { compression }) };
  const it = compression ? `the ${compression} data in it is` : "it is";
  throw new CubicError(
    "image-corrupt",
    `Cannot use ${name} as a disk image: ${it} ${format.what}`,
    {
      hint: format.hint,
    },
  );
}

/** The format of what begins with these bytes, or what it looks like; `size` is undefined when it is not known. */
export function formatOf(head: Uint8Array, size: number | undefined): ImageForm["format"] | Look {
  if (has(head, 0, QCOW2)) return "qcow2";
  if (head.length === 0) return { what: "empty", hint: "Get the file again." };
  const look = LOOKS.find(([offset, magic]) => has(head, offset, magic));
  if (look) return { what: look[2], hint: look[3] };
  if (has(head, SECTOR - 2, BOOT_SIGNATURE)) return sizeOfDisk(size ?? SMALLEST_DISK);
  if (isPage(head)) return { what: "an HTML page", hint: PAGE };
  if (isText(head)) return { what: "a text file", hint: PAGE };
  return { what: "nothing that begins like a disk", hint: OTHER };
}

function sizeOfDisk(size: number): "raw" | Look {
  const hint = "Get the file again: it may have been cut short.";
  if (size < SMALLEST_DISK) return { what: "smaller than any disk with a system", hint };
  return size % SECTOR === 0 ? "raw" : { what: "a disk that ends within a sector", hint };
}

function isPage(head: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|\?xml)/i.test(textAt(head, 0, 200));
}

function isText(head: Uint8Array): boolean {
  return head.subarray(0, SECTOR).every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13));
}

function has(bytes: Uint8Array, offset: number, magic: string): boolean {
  return textAt(bytes, offset, magic.length) === magic;
}

/** Bytes as Latin-1: a character for each. */
function textAt(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

async function headOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD);
  let length = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, HEAD - length);
    head.set(part, length);
    length += part.length;
    if (length === HEAD) break;
  }
  return head.subarray(0, length);
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(HEAD);
  for (let count; (count = await file.read(chunk)) !== null;) yield chunk.subarray(0, count);
}
