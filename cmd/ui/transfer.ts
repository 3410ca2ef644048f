/** What `cubic scp` says when it is done. */
import { formatSize } from "../../core/size.ts";
import type { PlannedFile, TransferResult } from "../../core/transfer/transfer.ts";
import { formatDuration, formatRate, printableLine } from "./text.ts";

const RATED_BYTES = 1024 * 1024;

/** A finished copy and how long it took. */
export interface Report extends TransferResult {
  readonly milliseconds: number;
}

/** The last line: how much, how fast, to where. */
export function describeCopy({ files, bytes, milliseconds, target, planned }: Report): string {
  const what = files === 1 ? formatSize(bytes) : `${files} files, ${formatSize(bytes)}`;
  if (planned) return `Would copy ${what} to ${target}`;
  const rate = formatRate(bytes / Math.max(milliseconds, 1) * 1000);
  // What is small took its time for something else than its bytes.
  const speed = bytes < RATED_BYTES ? "" : ` (${rate})`;
  return `Copied ${what} in ${formatDuration(milliseconds)}${speed} to ${target}`;
}

/** A line for each file that would be copied; undefined when there is none. */
export function listPlanned(files: readonly PlannedFile[]): string | undefined {
  const lines = files.map(({ target, bytes }) => `${formatSize(bytes)}\t${printableLine(target)}`);
  return lines.length === 0 ? undefined : lines.join("\n");
}
