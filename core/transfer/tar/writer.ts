/** Writing a tree as a tar archive. */
import { dataLength, type FileEntry, pieces, type TreeEntry } from "../tree.ts";
import { BLOCK, encodeHeader, fitsOctal, LONGEST_NAME } from "./header.ts";
import { extensionMember, join, longName, paxRecord, sparseMap } from "./records.ts";

/**
 * How what a plain header can't hold is written. "pax" also keeps holes; "gnu" is for busybox, which reads GNU's
 * long names and skips pax headers.
 */
export type TarDialect = "pax" | "gnu";

/** Takes bytes; they may be overwritten once it has resolved. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** A tar archive under construction. */
export interface TarWriter {
  /** Adds a member under that name. */
  add(entry: TreeEntry, name: string): Promise<void>;
  /** Adds the two empty blocks that end an archive, and writes what is still waiting. */
  end(): Promise<void>;
}

/** Small members are joined to writes of this size: eight full SSH packets. */
const WRITE_SIZE = 8 * 32_768;

const encoder = new TextEncoder();

/** Begins an archive. */
export function tarWriter(write: WriteBytes, dialect: TarDialect): TarWriter {
  const { put, flush } = gathered(write);
  const pad = async (length: number): Promise<void> => {
    const rest = length % BLOCK;
    if (rest > 0) await put(new Uint8Array(BLOCK - rest));
  };
  return {
    async add(entry, name) {
      if (entry.kind !== "file") return await put(encodeMember(entry, name, dialect, 0));
      const holes = dataLength(entry.extents) < entry.size;
      if (holes && dialect === "pax" && isAligned(entry)) {
        const map = sparseMap(entry.extents, entry.size);
        const stored = map.length + dataLength(entry.extents);
        await put(encodeMember(entry, name, dialect, stored, sparseRecords(entry, name)));
        await put(map);
        for await (const piece of pieces(entry.data)) await put(piece);
        return await pad(stored);
      }
      await put(encodeMember(entry, name, dialect, entry.size));
      if (!holes && entry.data instanceof Uint8Array) await put(entry.data);
      else if (!holes) { for await (const piece of pieces(entry.data)) await put(piece); }
      else for await (const piece of withZeros(entry)) await put(piece);
      await pad(entry.size);
    },
    async end() {
      await put(new Uint8Array(2 * BLOCK));
      await flush();
    },
  };
}

/** The headers of a member whose data takes `stored` bytes in the archive. */
function encodeMember(
  entry: TreeEntry,
  name: string,
  dialect: TarDialect,
  stored: number,
  sparse: readonly Uint8Array[] = [],
): Uint8Array {
  const shown = entry.kind === "directory" ? `${name}/` : name;
  const linkName = linkNameOf(entry, name);
  const header = encodeHeader({
    name: sparse.length > 0 ? "GNUSparseFile.0/file" : shown,
    mode: entry.mode,
    size: stored,
    mtime: entry.mtime,
    type: TYPES[entry.kind],
    linkName,
  });
  const [longPath, longLink] = [isLong(shown), isLong(linkName)];
  if (dialect === "gnu") {
    return join([
      ...(longLink ? [extensionMember("K", longName(linkName))] : []),
      ...(longPath ? [extensionMember("L", longName(shown))] : []),
      header,
    ]);
  }
  const records = [
    ...sparse,
    ...(longPath && sparse.length === 0 ? [paxRecord("path", shown)] : []),
    ...(longLink ? [paxRecord("linkpath", linkName)] : []),
    ...(fitsOctal(stored) ? [] : [paxRecord("size", `${stored}`)]),
    ...(fitsOctal(entry.mtime) ? [] : [paxRecord("mtime", `${entry.mtime}`)]),
  ];
  return records.length === 0 ? header : join([extensionMember("x", join(records)), header]);
}

const TYPES = { file: "0", hardlink: "1", symlink: "2", directory: "5" } as const;

/** A hard link names its original as the archive does. */
function linkNameOf(entry: TreeEntry, name: string): string {
  if (entry.kind === "symlink") return entry.target;
  if (entry.kind !== "hardlink") return "";
  return name.slice(0, name.length - entry.path.length) + entry.original;
}

/** GNU tar takes each extent for a whole number of blocks, but for the last. */
function isAligned({ extents, size }: FileEntry): boolean {
  return extents.every(({ offset, length }) =>
    offset % BLOCK === 0 && (length % BLOCK === 0 || offset + length === size)
  );
}

function sparseRecords(entry: FileEntry, name: string): Uint8Array[] {
  return [
    paxRecord("GNU.sparse.major", "1"),
    paxRecord("GNU.sparse.minor", "0"),
    paxRecord("GNU.sparse.name", name),
    paxRecord("GNU.sparse.realsize", `${entry.size}`),
  ];
}

/** A name that fits is often short in characters; counting bytes is only for those that are not plain. */
function isLong(name: string): boolean {
  return name.length > LONGEST_NAME ||
    name.length * 3 > LONGEST_NAME && encoder.encode(name).length > LONGEST_NAME;
}

/** The whole file, holes as zeros. */
async function* withZeros(entry: FileEntry): AsyncGenerator<Uint8Array> {
  const zeros = new Uint8Array(WRITE_SIZE);
  const extents = [...entry.extents];
  let [at, left] = [0, 0];
  const holeTo = function* (end: number): Generator<Uint8Array> {
    for (; at < end; at += Math.min(zeros.length, end - at)) {
      yield zeros.subarray(0, Math.min(zeros.length, end - at));
    }
  };
  for await (let piece of pieces(entry.data)) {
    while (piece.length > 0) {
      if (left === 0) {
        const next = extents.shift();
        if (!next) return;
        yield* holeTo(next.offset);
        left = next.length;
      }
      const part = piece.subarray(0, left);
      yield part;
      at += part.length;
      left -= part.length;
      piece = piece.subarray(part.length);
    }
  }
  yield* holeTo(entry.size);
}

/** Joins small writes; large ones pass. */
function gathered(write: WriteBytes): { put: WriteBytes; flush: () => Promise<void> } {
  const buffer = new Uint8Array(WRITE_SIZE);
  let used = 0;
  const flush = async (): Promise<void> => {
    if (used > 0) await write(buffer.subarray(0, used));
    used = 0;
  };
  const put = async (bytes: Uint8Array): Promise<void> => {
    const isLarge = bytes.length > buffer.length / 2;
    if (isLarge || bytes.length > buffer.length - used) await flush();
    if (isLarge) return await write(bytes);
    buffer.set(bytes, used);
    used += bytes.length;
  };
  return { put, flush };
}
