/** What `cubic scp` says when it is done. */
import { formatSize } from "../../core/size.ts";
import type { PlannedFile, TransferResult } from "../../core/transfer/transfer.ts";
import { formatDuration, formatRate, printableLine } from "./text.ts";
import type { Ui } from "./ui.ts";

/** A finished copy and how long it took. */
export interface Report extends TransferResult {
  readonly milliseconds: number;
}

/** The last line: how much, how fast, to where. */
export function describeCopy({ files, bytes, milliseconds, target, planned }: Report): string {
  const what = files === 1 ? formatSize(bytes) : `${files} files, ${formatSize(bytes)}`;
  if (planned) return `Would copy ${what} to ${target}`;
  const rate = formatRate(bytes / Math.max(milliseconds, 1) * 1000);
  return `Copied ${what} in ${formatDuration(milliseconds)} (${rate}) to ${target}`;
}

/** A line for each file that would be copied. */
export async function listPlanned(ui: Ui, files: readonly PlannedFile[]): Promise<void> {
  const lines = files.map(({ target, bytes }) => `${formatSize(bytes)}\t${printableLine(target)}`);
  if (lines.length > 0) await ui.out(lines.join("\n"));
}
