/**
 * One 512-byte tar header (POSIX.1-2017 pax, "ustar Interchange Format"), written and read. Pure. Numbers that
 * octal digits can't hold are written in GNU's base-256, which every tar of today reads.
 */

/** The unit of everything in an archive. */
export const BLOCK = 512;

/** What a header says, without what extended headers add. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** "0" file, "1" hard link, "2" symlink, "5" directory, "x" and "g" pax, "L" and "K" GNU long names. */
  readonly type: string;
  readonly linkName: string;
  /** True when a name is not UTF-8; what does not decode is then written as `\\xNN`. */
  readonly undecodable?: boolean;
}

/** The fields' places and lengths. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

type Field = readonly [offset: number, length: number];

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The most bytes of a name or link name that a header holds. */
export const LONGEST_NAME = 100;

/** True when octal digits can hold a size or time. */
export function fitsOctal(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 8 ** 11;
}

/** Writes a header; names longer than {@linkcode LONGEST_NAME} bytes are cut. */
export function encodeHeader(header: TarHeader): Uint8Array {
  const block = new Uint8Array(BLOCK);
  putText(block, FIELDS.name, header.name);
  putNumber(block, FIELDS.mode, header.mode);
  putNumber(block, FIELDS.uid, 0);
  putNumber(block, FIELDS.gid, 0);
  putNumber(block, FIELDS.size, header.size);
  putNumber(block, FIELDS.mtime, header.mtime);
  putText(block, FIELDS.type, header.type);
  putText(block, FIELDS.linkName, header.linkName);
  putText(block, FIELDS.magic, "ustar\x0000");
  putText(block, FIELDS.checksum, `${checksum(block).toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** Reads a header; "end" for a block of zeros, a word about what is wrong with a bad one. */
export function decodeHeader(block: Uint8Array): TarHeader | "end" | { readonly bad: string } {
  if (block[0] === 0 && block.every((byte) => byte === 0)) return "end";
  if (getNumber(block, FIELDS.checksum) !== checksum(block)) return { bad: "a checksum is wrong" };
  const [mode, size] = [getNumber(block, FIELDS.mode), getNumber(block, FIELDS.size)];
  const mtime = getNumber(block, FIELDS.mtime);
  if (mode === undefined || size === undefined || mtime === undefined || size < 0) {
    return { bad: "a number is none" };
  }
  const type = String.fromCharCode(block[FIELDS.type[0]] || 0x30);
  const [name, linkName] = [getText(block, FIELDS.name), getText(block, FIELDS.linkName)];
  // GNU's own format, "ustar  ", has other things where POSIX has the prefix.
  const hasPrefix = block[257] === 0x75 && block[262] === 0 && block[FIELDS.prefix[0]] !== 0;
  const prefix = hasPrefix ? getText(block, FIELDS.prefix) : NO_TEXT;
  return {
    name: hasPrefix ? `${prefix.text}/${name.text}` : name.text,
    mode: mode & 0o7777,
    size,
    mtime,
    type,
    linkName: linkName.text,
    undecodable: name.undecodable || prefix.undecodable || linkName.undecodable,
  };
}

/** The sum of all bytes, those of the checksum's own field taken as spaces. */
function checksum(block: Uint8Array): number {
  const [start, length] = FIELDS.checksum;
  let sum = 0x20 * length;
  for (let at = 0; at < start; at++) sum += block[at]!;
  for (let at = start + length; at < BLOCK; at++) sum += block[at]!;
  return sum;
}

/** Plain letters are put one by one, which is faster than a call out of the engine for each of so many short texts. */
function putText(block: Uint8Array, [offset, length]: Field, text: string): void {
  for (let at = 0; at < text.length && at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return block.set(encoder.encode(text).subarray(0, length), offset);
    block[offset + at] = code;
  }
}

function putNumber(block: Uint8Array, [offset, length]: Field, value: number): void {
  const digits = length - 1;
  if (value >= 0 && value < 8 ** digits) {
    let left = Math.floor(value);
    for (let at = offset + digits - 1; at >= offset; at--) {
      block[at] = 0x30 + left % 8;
      left = Math.floor(left / 8);
    }
    return;
  }
  let rest = BigInt(Math.floor(value));
  for (let at = offset + length - 1; at > offset; at--) {
    block[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  block[offset] = value < 0 ? 0xff : 0x80;
}

function getNumber(block: Uint8Array, [offset, length]: Field): number | undefined {
  const first = block[offset]!;
  if (first === 0x80 || first === 0xff) {
    let value = first === 0xff ? -1n : 0n;
    for (let at = offset + 1; at < offset + length; at++) value = value << 8n | BigInt(block[at]!);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  let value = 0;
  let at = offset;
  const end = offset + length;
  while (at < end && block[at] === 0x20) at++;
  for (; at < end && block[at] !== 0 && block[at] !== 0x20; at++) {
    const digit = block[at]! - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

/** Text that came as bytes. */
export interface DecodedText {
  readonly text: string;
  /** True when the bytes are not UTF-8; the text then has `\\xNN` for what does not decode. */
  readonly undecodable: boolean;
}

const NO_TEXT: DecodedText = { text: "", undecodable: false };

function getText(block: Uint8Array, [offset, length]: Field): DecodedText {
  if (block[offset] === 0) return NO_TEXT;
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decodeText(end === -1 ? field : field.subarray(0, end));
}

/** Longer ones are faster in one call out of the engine. */
const SHORT_TEXT = 256;

/** ASCII as text; undefined when there is anything else. */
function plainText(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]! > 0x7f) return undefined;
    text += String.fromCharCode(bytes[at]!);
  }
  return text;
}

/** Reads a name. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const plain = bytes.length <= SHORT_TEXT ? plainText(bytes) : undefined;
  if (plain !== undefined) return { text: plain, undecodable: false };
  try {
    return { text: decoder.decode(bytes), undecodable: false };
  } catch {
    const escaped = [...bytes].map((byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`
    );
    return { text: escaped.join(""), undecodable: true };
  }
}
