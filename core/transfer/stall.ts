/** A bound for transfers that make no progress, and progress that is never ahead of the truth. */
import { CubicError } from "../errors.ts";
import type { Operation } from "../progress.ts";
import type { RouteOperation } from "./route.ts";

/** A guest may need long to write back its page cache before it confirms; longer than this is a hang. */
const STALL_MS = 120_000;

/**
 * Runs a transfer and ends it when nothing has moved for two minutes. What it reports stays below the total: the
 * last byte counts when the guest has confirmed the file, and that is for the caller to say.
 * @throws CubicError "transfer-failed" at the limit, or what the transfer throws.
 */
export async function withStallLimit<T>(
  { signal, report }: Operation,
  label: string,
  run: (op: RouteOperation) => Promise<T>,
  limitMs = STALL_MS,
): Promise<T> {
  const stalled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), limitMs);
  };
  restart();
  let last = performance.now();
  const moved = (done: number, total: number): void => {
    const now = performance.now();
    // Setting a timer for each of a hundred thousand pieces would be work of its own.
    if (now - last > 1000) {
      last = now;
      restart();
    }
    report({ kind: "bytes", label, done: Math.min(done, Math.max(0, total - 1)), total });
  };
  try {
    return await run({ signal: AbortSignal.any([signal, stalled.signal]), report, moved });
  } catch (error) {
    if (!stalled.signal.aborted || signal.aborted) throw error;
    throw new CubicError(
      "transfer-failed",
      `Cannot copy "${label}": nothing has moved for ${limitMs / 1000} s`,
      { hint: "`cubic logs INSTANCE` may show why the guest does not answer.", cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}
