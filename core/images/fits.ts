/** Whether an image fits on the disk that it is wanted for, told before hundreds of megabytes are fetched. */
import { CubicError } from "../errors.ts";
import { formatSize } from "../size.ts";
import { HEADER_SIZE, parseQcow2Header } from "./qcow2.ts";

/** What to look at. */
export interface Candidate {
  readonly url: string;
  readonly format: "qcow2" | "raw";
  /** Left out when the file is plain. */
  readonly compression?: string;
}

const PATIENCE_MS = 15_000;

/**
 * Reads the first bytes of a remote image. What can't be told from them, because it is compressed or its server does
 * not answer, is left to the download.
 * @throws CubicError "invalid-value" when the disk is smaller than the image.
 */
export async function lookAhead(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  { url, format, compression }: Candidate,
  diskBytes: number,
  signal: AbortSignal,
): Promise<void> {
  if (format !== "qcow2" || compression !== undefined) return;
  const either = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const headers = { range: `bytes=0-${HEADER_SIZE - 1}` };
  const header = await fetch(url, { headers, signal: either })
    .then(async (response) => parseQcow2Header(await firstBytes(response)))
    .catch(() => undefined);
  if (header && header.virtualSize > diskBytes) throw tooSmall(diskBytes, header.virtualSize);
}

/** The error for a disk that the image does not fit on; both in bytes. */
export function tooSmall(disk: number, image: number): CubicError {
  return new CubicError(
    "invalid-value",
    `Cannot make a disk of ${formatSize(disk)}: the image needs ${formatSize(image)}`,
    { hint: `Use --disk ${Math.ceil(image / 1024 ** 3)}G or more.` },
  );
}

/** A server may send all of the file instead. */
async function firstBytes({ ok, body }: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(HEADER_SIZE);
  let length = 0;
  const reader = body?.getReader();
  try {
    while (ok && length < HEADER_SIZE) {
      const { done, value } = await reader?.read() ?? { done: true, value: undefined };
      if (done) break;
      const part = value.subarray(0, HEADER_SIZE - length);
      bytes.set(part, length);
      length += part.length;
    }
  } finally {
    await reader?.cancel();
  }
  return bytes.subarray(0, length);
}
