/**
 * Reading a tar archive from somebody who may mean harm: whatever is not understood ends it. Where the members
 * may go is for {@linkcode safePath} and for who takes them.
 */
import { CubicError } from "../../errors.ts";
import { printable } from "../printable.ts";
import { dataLength, type Extent, wholeFile } from "../tree.ts";
import { BLOCK, type DecodedText, decodeHeader, decodeText, type TarHeader } from "./header.ts";
import { type ByteReader, byteReader, type ReadBytes } from "./bytes.ts";
import { parsePax, sparseMapReader } from "./records.ts";

/** A member of an archive. */
export interface TarMember {
  /** As the archive says; not to be trusted. */
  readonly name: string;
  readonly linkName: string;
  /** The name is not UTF-8, and this is not it. */
  readonly undecodable: boolean;
  readonly type: "file" | "hardlink" | "symlink" | "directory" | "other";
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
  readonly extents: readonly Extent[];
  /** To be read before the next member is asked for, or not at all. */
  readonly data: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Bounds, so that a hostile archive ends. */
export interface TarLimits {
  readonly members: number;
}

/** Files up to this size come in one piece. */
const SMALL_FILE = 128 * 1024;
/** A file larger than any file system we know is a lie. */
const MAX_FILE = 2 ** 50;
const MAX_EXTENSION = 1024 * 1024;
const PIECE = 256 * 1024;
/** GNU tar fills up to 10,240 bytes, or what its -b says. */
const MAX_TRAILER = 1024 * 1024;

const TYPES: Readonly<Record<string, TarMember["type"]>> = {
  "0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "directory",
  "3": "other",
  "4": "other",
  "6": "other",
};

/** What extended headers said about the next member. */
interface Extended {
  pax: Map<string, DecodedText>;
  name?: DecodedText;
  linkName?: DecodedText;
}

/**
 * Yields the members until the archive's end.
 * @throws CubicError "transfer-failed" when the archive is cut, malformed or endless.
 */
export async function* readTar(
  read: ReadBytes | ByteReader,
  limits: TarLimits = { members: 5_000_000 },
): AsyncGenerator<TarMember> {
  const reader = typeof read === "function" ? byteReader(read) : read;
  let extended: Extended = { pax: new Map() };
  for (let count = 0;; count++) {
    if (count > 2 * limits.members) throw broken("it does not end");
    const header = decodeHeader(await block(reader));
    if (header === "end") break;
    if ("bad" in header) throw broken(header.bad);
    if ("xgLK".includes(header.type)) {
      await readExtension(reader, header, extended);
      continue;
    }
    const { member, rest } = await openMember(reader, header, extended);
    extended = { pax: new Map() };
    yield member;
    await rest();
  }
  await readTrailer(reader);
}

async function readExtension(
  reader: ByteReader,
  { type, size }: TarHeader,
  extended: Extended,
): Promise<void> {
  if (size > MAX_EXTENSION) throw broken("an extended header is too long");
  const bytes = await bytesOf(reader, size);
  if (type === "x") {
    const records = parsePax(bytes);
    if (!records) throw broken("an extended header is malformed");
    extended.pax = records;
  } else if (type !== "g") {
    const end = bytes.indexOf(0);
    const text = decodeText(end === -1 ? bytes : bytes.subarray(0, end));
    if (type === "L") extended.name = text;
    else extended.linkName = text;
  }
}

async function openMember(
  reader: ByteReader,
  header: TarHeader,
  { pax, name, linkName }: Extended,
): Promise<{ member: TarMember; rest: () => Promise<void> }> {
  const type = TYPES[header.type];
  if (type === undefined) throw broken(`a member of kind "${printable(header.type)}" is unknown`);
  const path = pax.get("GNU.sparse.name") ?? pax.get("path") ?? name;
  const link = pax.get("linkpath") ?? linkName;
  const stored = type === "file" ? paxNumber(pax, "size", 0) ?? header.size : 0;
  if (stored > MAX_FILE) throw broken("a file is larger than files can be");
  const isSparse = pax.has("GNU.sparse.major") || pax.has("GNU.sparse.realsize");
  const layout = isSparse
    ? await readSparse(reader, pax, stored)
    : { size: stored, stored, extents: wholeFile(stored) };
  const { data, rest } = await openData(reader, layout.stored);
  const member: TarMember = {
    name: path?.text ?? header.name,
    linkName: link?.text ?? header.linkName,
    undecodable: (path?.undecodable ?? header.undecodable ?? false) || (link?.undecodable ?? false),
    type,
    mode: header.mode,
    mtime: paxNumber(pax, "mtime", -Infinity) ?? header.mtime,
    size: layout.size,
    extents: layout.extents,
    data,
  };
  return { member, rest };
}

/** GNU.sparse 1.0: the map is in front of the data. */
async function readSparse(
  reader: ByteReader,
  pax: Map<string, DecodedText>,
  stored: number,
): Promise<{ size: number; stored: number; extents: readonly Extent[] }> {
  const size = paxNumber(pax, "GNU.sparse.realsize", 0);
  if (pax.get("GNU.sparse.major")?.text !== "1" || size === undefined || size > MAX_FILE) {
    throw broken("a sparse file has a form that is not known");
  }
  const map = sparseMapReader();
  let used = 0;
  for (let state = "more"; state !== "done"; used += BLOCK) {
    if (state === "bad" || used >= stored) throw broken("the map of a sparse file is malformed");
    state = map.push(await block(reader));
  }
  const extents = map.extents.filter(({ length }) => length > 0);
  let end = 0;
  for (const { offset, length } of extents) {
    if (offset < end || offset + length > size) throw broken("the map of a sparse file lies");
    end = offset + length;
  }
  if (dataLength(extents) !== stored - used) throw broken("the map of a sparse file lies");
  return { size, stored: stored - used, extents };
}

async function openData(
  reader: ByteReader,
  length: number,
): Promise<{ data: TarMember["data"]; rest: () => Promise<void> }> {
  if (length <= SMALL_FILE) {
    return { data: await bytesOf(reader, length), rest: () => Promise.resolve() };
  }
  let left = length;
  const data = async function* (): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await reader.some(Math.min(left, PIECE));
      if (!piece) throw cut();
      left -= piece.length;
      yield piece;
    }
  };
  const rest = async (): Promise<void> => {
    for await (const _ of data());
    const padding = -length & (BLOCK - 1);
    if (padding > 0 && !await reader.exactly(padding)) throw cut();
  };
  return { data: data(), rest };
}

async function bytesOf(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.exactly(Math.ceil(length / BLOCK) * BLOCK);
  if (!bytes) throw cut();
  return bytes.subarray(0, length);
}

async function block(reader: ByteReader): Promise<Uint8Array> {
  const bytes = await reader.exactly(BLOCK);
  if (!bytes) throw cut();
  return bytes;
}

/** After the end come zeros, and not many. */
async function readTrailer(reader: ByteReader): Promise<void> {
  let length = 0;
  for (let bytes = await reader.some(PIECE); bytes; bytes = await reader.some(PIECE)) {
    length += bytes.length;
    if (length > MAX_TRAILER) throw broken("it goes on after its end");
  }
}

function paxNumber(
  pax: Map<string, DecodedText>,
  key: string,
  least: number,
): number | undefined {
  const text = pax.get(key)?.text;
  if (text === undefined) return undefined;
  const value = Math.floor(Number(text));
  if (!/^-?\d{1,16}(\.\d*)?$/.test(text) || value < least) throw broken(`its ${key} is no number`);
  return value;
}

function cut(): CubicError {
  return broken("it ends in the middle");
}

function broken(why: string): CubicError {
  return new CubicError("transfer-failed", `Cannot read the guest's archive: ${why}`);
}
