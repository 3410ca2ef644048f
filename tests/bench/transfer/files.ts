/** What is copied: making it, and telling that a copy is equal. */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { findExtents } from "../../../core/transfer/holes.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The size of each file of a tree, in bytes. */
export const TREE_FILE_BYTES = 4096;
const TREE_DIRECTORIES = 100;

/** The sparse file: four pieces of data that make 1 MiB together. */
export const SPARSE = { size: 5 * GIB, piece: MIB / 4, offsets: [0, GIB, 3 * GIB, 5 * GIB - MIB] };
/** What a sparse copy may take on its disk, in bytes; some file systems allocate ahead. */
const SPARSE_ALLOWED = 16 * MIB;

/** Writes a file of random bytes. */
export async function writeRandomFile(path: string, bytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (let left = bytes; left > 0; left -= MIB) {
    await writeAll(file, randomBytes(Math.min(left, MIB)));
  }
}

/** Writes a tree of that many files in 100 directories. */
export async function writeTree(root: string, files: number): Promise<void> {
  for (let index = 0; index < TREE_DIRECTORIES; index++) {
    await Deno.mkdir(join(root, `d${index}`), { recursive: true });
  }
  for (let index = 0; index < files; index++) {
    const path = join(root, `d${index % TREE_DIRECTORIES}`, `f${index}`);
    await Deno.writeFile(path, randomBytes(TREE_FILE_BYTES));
  }
}

/** Writes the sparse file and returns the SHA-256 of its pieces, one after the other, in hex. */
export async function writeSparse(path: string): Promise<string> {
  using file = await Deno.open(path, { create: true, write: true, truncate: true });
  const hash = createHash("sha256");
  for (const offset of SPARSE.offsets) {
    const piece = randomBytes(SPARSE.piece);
    hash.update(piece);
    await file.seek(offset, Deno.SeekMode.Start);
    await writeAll(file, piece);
  }
  await file.truncate(SPARSE.size);
  return hash.digest("hex");
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

/** Throws unless two files, or two trees, have the same names and bytes. */
export async function demandEqual(source: string, copy: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command("diff", {
    args: ["--recursive", "--brief", source, copy],
    stdin: "null",
  }).output();
  if (code === 0) return;
  throw new Error(`the copy differs: ${new TextDecoder().decode(code === 1 ? stdout : stderr)}`);
}

/** Throws unless a file of that size with that many blocks of 512 bytes is the sparse file's like. */
export function demandSparse(size: number, blocks: number): void {
  if (size !== SPARSE.size) throw new Error(`the copy has ${size} bytes`);
  if (blocks * 512 > SPARSE_ALLOWED) throw new Error(`the copy takes ${blocks * 512} bytes`);
}

/** Throws unless the copy is as sparse as the source and equal: where both have holes there is nothing to compare. */
export async function demandEqualSparse(source: string, copy: string): Promise<void> {
  const { size, blocks } = await Deno.stat(copy);
  demandSparse(size, blocks ?? 0);
  using one = await Deno.open(source);
  using other = await Deno.open(copy);
  for (const { offset, length } of [source, copy].flatMap((path) => findExtents(path, size))) {
    const [here, there] = await Promise.all(
      [one, other].map((file) => digestPart(file, offset, length)),
    );
    if (here !== there) throw new Error(`the copy differs within ${length} bytes from ${offset}`);
  }
}

/** The SHA-256 of a part of a file, in hex. */
async function digestPart(file: Deno.FsFile, offset: number, length: number): Promise<string> {
  await file.seek(offset, Deno.SeekMode.Start);
  const hash = createHash("sha256");
  const block = new Uint8Array(MIB);
  for (let left = length; left > 0;) {
    const count = await file.read(block.subarray(0, Math.min(left, block.length)));
    if (count === null) break;
    hash.update(block.subarray(0, count));
    left -= count;
  }
  return hash.digest("hex");
}
