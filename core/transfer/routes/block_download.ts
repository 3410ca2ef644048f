/** A large file out of the guest, which writes it to a disk that is an empty file of the host. */
import { statfs } from "node:fs/promises";
import { CubicError, describeFailure } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { diskSize, findSignature, HEAD_BYTES, TAIL_BYTES } from "../disk_signatures.ts";
import type { HotPlug } from "../hot_plug.ts";
import { parseExtents, toRanges } from "../ranges.ts";
import type { RouteOperation, RouteResult } from "../route.ts";
import { dataLength, type Extent } from "../tree.ts";
import { type BlockCopy, runBlockCopy } from "./block_copy.ts";
import { Declined, type Dialog } from "./block_dialog.ts";
import { TO_DISK } from "./block_scripts.ts";
import { changed } from "./block_upload.ts";

/** One file from the guest. */
export interface BlockDownload {
  /** Absolute path in the guest. */
  readonly path: string;
  /** Path of an empty file on the host that becomes the copy; the caller removes it or puts it in its place. */
  readonly part: string;
}

const MOST_RANGES = 32;
const MOST_EXTENTS = 20_000;
/** Less room than this on the host, and a write that failed did so for the lack of it. */
const NO_ROOM = 8 * 1024 ** 2;

/**
 * Fills the part file with a file of the guest; holes stay holes. When it is "unavailable" the file is empty again.
 * @throws CubicError "transfer-failed", "disk-full" or "interrupted".
 */
export async function downloadBlock(
  connection: SshConnection,
  hotPlug: HotPlug,
  { path, part }: BlockDownload,
  op: RouteOperation,
): Promise<RouteResult> {
  const args = [path, String(HEAD_BYTES), String(TAIL_BYTES)];
  const end = await runBlockCopy(
    connection,
    hotPlug,
    [TO_DISK, path, ...args],
    op,
    (copy) => fill(copy, path, part),
  ).catch(async (error) => {
    throw await roomLeft(part) < NO_ROOM && !op.signal.aborted ? noRoom(part, error) : error;
  });
  // The guest could still write to it.
  if (end.stuck) throw end.stuck;
  await Deno.truncate(part, end.kind === "done" ? end.value : 0);
  return end.kind === "done" ? { kind: "done", bytes: end.value } : end;
}

/** The copy itself; resolves with the file's size. */
async function fill(
  { dialog, plug, copy }: BlockCopy,
  path: string,
  part: string,
): Promise<number> {
  const facts = await dialog.hear("file");
  const size = Number(facts.match(/^\d{1,16}(?= )/)?.[0]);
  if (!Number.isSafeInteger(size)) throw new Declined("the guest does not tell the file's size");
  const extents = await lookAtSource(dialog, size);
  const ranges = toRanges(extents, MOST_RANGES);
  if (await roomLeft(part) < dataLength(extents)) throw noRoom(part);
  await Deno.truncate(part, diskSize(size));
  await plug({ path: await Deno.realPath(part), size, readOnly: false });
  if (await copy(ranges) !== facts) throw changed(path);
  return size;
}

async function lookAtSource(dialog: Dialog, size: number): Promise<readonly Extent[]> {
  const head = await dialog.bytes(Math.min(size, HEAD_BYTES));
  const tail = await dialog.bytes(Math.min(size, TAIL_BYTES));
  await dialog.hear("extents");
  const lines = await dialog.lines(MOST_EXTENTS + 1);
  if (size === 0) throw new Declined("an empty file makes no disk");
  const signature = findSignature(head, tail, size);
  if (signature) throw new Declined(`the guest would find ${signature} on the disk`);
  return parseExtents(lines, size);
}

async function roomLeft(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

function noRoom(path: string, cause?: unknown): CubicError {
  const full = new Error("No space left on the host's disk", { cause });
  return describeFailure(`write "${path}"`, full);
}
