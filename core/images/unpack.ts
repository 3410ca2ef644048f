/** Making the one format the store holds, a complete qcow2 file, out of whatever form an image came in. */
import { join } from "node:path";
import { removeIfThere } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import type { Host } from "../host.ts";
import type { Operation } from "../progress.ts";
import { convertImage } from "./convert.ts";
import { readImageHeader } from "./qcow2.ts";
import { type ImageForm, sniffImage } from "./sniff.ts";
import { requireSpace } from "./space.ts";
import { copyImage } from "./unpack_copy.ts";
import { type SparseLimits, writeSparse } from "./unpack_sparse.ts";
import { unpacked } from "./unpack_stream.ts";

/** An image as it came. */
export interface IncomingImage extends ImageForm {
  /** The file; it is left alone. */
  readonly file: string;
  /** An existing directory for the result and what is made on the way; names there begin with ".incoming-". */
  readonly into: string;
  /** What errors and progress call it. */
  readonly label: string;
  readonly limits?: SparseLimits;
}

const GIB = 1024 ** 3;
/** Vendors' disks have a few GiB; a file that unpacks to more than 1 TiB is there to harm. */
const LIMITS: SparseLimits = { maxSize: 1024 * GIB, keepFree: GIB / 2 };

/**
 * Makes a complete qcow2 file of it and returns its path. When it fails, nothing is left.
 * @throws CubicError "image-corrupt", "disk-full", "qemu-missing", "qemu-failed", "interrupted".
 */
export async function unpackImage(
  host: Host,
  image: IncomingImage,
  operation: Operation,
): Promise<string> {
  const { label } = image;
  const result = join(image.into, `.incoming-${crypto.randomUUID()}.qcow2`);
  try {
    if (image.format === "raw") await makeFromRaw(host, image, result, operation);
    else await makeFromQcow2(image, result, operation);
    await readImageHeader(result, label);
    return result;
  } catch (error) {
    await removeIfThere(result);
    throw describeFailure(`unpack ${label}`, error);
  } finally {
    operation.report({ kind: "done", label });
  }
}

async function makeFromQcow2(
  image: IncomingImage,
  result: string,
  operation: Operation,
): Promise<void> {
  if (image.compression) return await unpackTo(result, image, operation);
  const { file, into, label, limits = LIMITS } = image;
  await readImageHeader(file, label);
  await requireSpace(into, (await Deno.stat(file)).size + limits.keepFree, `copy ${label}`);
  operation.report({ kind: "step", text: `Copying ${label}` });
  await copyImage(file, result, label, operation);
}

async function makeFromRaw(
  host: Host,
  image: IncomingImage,
  result: string,
  operation: Operation,
): Promise<void> {
  if (!image.compression) return await convertRaw(host, image, image.file, result, operation);
  const raw = join(image.into, `.incoming-${crypto.randomUUID()}.raw`);
  try {
    await unpackTo(raw, image, operation);
    await convertRaw(host, image, raw, result, operation);
  } finally {
    await removeIfThere(raw);
  }
}

async function unpackTo(
  path: string,
  { file, compression, label, limits = LIMITS }: IncomingImage,
  { signal, report }: Operation,
): Promise<void> {
  if (!compression) return;
  const { size: total } = await Deno.stat(file);
  let done = 0;
  const onRead = (bytes: number): void => {
    done += bytes;
    report({ kind: "bytes", label, done, total });
  };
  report({ kind: "step", text: `Unpacking ${label}` });
  await writeSparse(path, unpacked({ file, compression, label }, onRead), limits, {
    label,
    signal,
  });
}

async function convertRaw(
  host: Host,
  { into, label, limits = LIMITS }: IncomingImage,
  raw: string,
  result: string,
  operation: Operation,
): Promise<void> {
  await requireRaw(raw, label);
  const { size, blocks } = await Deno.stat(raw);
  const bytes = Math.min(size, (blocks ?? Infinity) * 512) + limits.keepFree;
  await requireSpace(into, bytes, `convert ${label}`);
  operation.report({ kind: "step", text: `Converting ${label}` });
  const conversion = { from: raw, fromFormat: "raw", to: result, toFormat: "qcow2" } as const;
  await convertImage(host, { ...conversion, label, size }, operation);
}

async function requireRaw(path: string, label: string): Promise<void> {
  const { format, compression } = await sniffImage(path, label);
  if (format === "raw" && !compression) return;
  const what = compression ? `compressed with ${compression}` : format;
  throw new CubicError("image-corrupt", `Cannot convert ${label}: it is no raw disk but ${what}`, {
    hint: "Whoever described this image got its format wrong.",
  });
}
