/** A large file into the guest as a disk that is plugged in read-only. */
import { CubicError, describeFailure, interrupted } from "../../errors.ts";
import type { SshConnection } from "../../ssh/client.ts";
import { findSignature, HEAD_BYTES, TAIL_BYTES } from "../disk_signatures.ts";
import { findExtents, looksSparse } from "../holes.ts";
import type { HotPlug } from "../hot_plug.ts";
import { partPath } from "../part_path.ts";
import { toRanges } from "../ranges.ts";
import type { RouteOperation, RouteResult } from "../route.ts";
import { wholeFile } from "../tree.ts";
import { runBlockCopy } from "./block_copy.ts";
import { FROM_DISK } from "./block_scripts.ts";

/** One file for the guest. */
export interface BlockUpload {
  /** Path of the file on the host. */
  readonly local: string;
  /** Absolute path in the guest; never a directory. */
  readonly path: string;
  readonly mode: number;
  readonly useUmask: boolean;
  readonly inPlace: boolean;
}

/** Each range is a command in the guest. */
const MOST_RANGES = 32;

/**
 * Puts a file under its name in the guest, whole or not at all; holes stay holes.
 * @throws CubicError "transfer-failed", "disk-full" or "interrupted".
 */
export async function uploadBlock(
  connection: SshConnection,
  hotPlug: HotPlug,
  job: BlockUpload,
  op: RouteOperation,
): Promise<RouteResult> {
  if (job.inPlace) return { kind: "unavailable", reason: "the target can't be replaced" };
  const source = await lookAtSource(job.local);
  if (source.refusal !== undefined) return { kind: "unavailable", reason: source.refusal };
  const { path, size, facts } = source;
  const part = partPath(job.path);
  const mode = (job.mode & 0o7777).toString(8);
  const args = [part, job.path, mode, job.useUmask ? "yes" : "no"];
  const end = await runBlockCopy(
    connection,
    hotPlug,
    [FROM_DISK, job.path, ...args],
    op,
    async ({ dialog, plug, copy }) => {
      await dialog.hear("ready");
      await plug({ path, size, readOnly: true });
      await copy(toRanges(source.extents, MOST_RANGES));
      if (factsOf(await Deno.stat(path)) !== facts) throw changed(job.local);
      // Given up while the last bytes came: then it must not appear after all.
      if (op.signal.aborted) throw interrupted();
      await dialog.say("commit");
      await dialog.hear("done");
    },
  );
  return end.kind === "done" ? { kind: "done", bytes: size } : end;
}

/** The error for a source that is another one at the end than at the start. */
export function changed(path: string): CubicError {
  return new CubicError("transfer-failed", `Cannot copy "${path}": it changed while it was read`, {
    hint: "Copy it again when nothing writes to it.",
  });
}

async function lookAtSource(local: string) {
  try {
    const path = await Deno.realPath(local);
    using file = await Deno.open(path, { read: true });
    const info = await file.stat();
    const { size } = info;
    const extents = looksSparse(size, info.blocks) ? findExtents(path, size) : wholeFile(size);
    return { path, size, facts: factsOf(info), extents, refusal: await refusalOf(file, info) };
  } catch (error) {
    throw describeFailure(`read "${local}"`, error);
  }
}

async function refusalOf(file: Deno.FsFile, info: Deno.FileInfo): Promise<string | undefined> {
  const { size } = info;
  if (!info.isFile) return "the source is no regular file";
  if (size === 0) return "an empty file makes no disk";
  const head = await readAt(file, 0, HEAD_BYTES);
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  const signature = findSignature(head, tail, size);
  return signature && `the guest would find ${signature} on the disk`;
}

async function readAt(file: Deno.FsFile, offset: number, length: number): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (let count = 1; at < length && count > 0; at += count) {
    count = await file.read(bytes.subarray(at)) ?? 0;
  }
  return bytes.subarray(0, at);
}

function factsOf({ dev, ino, size, mtime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime()].join(" ");
}
