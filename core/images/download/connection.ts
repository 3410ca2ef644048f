/** One connection's life: it ends when the server goes silent, when it is not needed any more, or with Ctrl-C. */
import { isCubicError } from "../../errors.ts";
import { Broken } from "./failures.ts";
import type { Job } from "./job.ts";
import { startWatch, type Watch } from "./watch.ts";

/** What the work on a connection needs of it. */
export interface Connection {
  readonly watch: Watch;
  /** Aborted when the connection must end. */
  readonly signal: AbortSignal;
}

/** Bytes a second under which a server counts as dead, unless the caller says otherwise. */
const MINIMUM_RATE = 1024;

/**
 * Runs the work on a connection.
 * @throws Broken for what another connection may do better, and CubicError
 */
export async function withConnection(
  { patience }: Job,
  dismissed: AbortSignal,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const { stallMs, minimumRate = MINIMUM_RATE } = patience;
  using watch = startWatch({ stallMs, bytes: Math.max(1, minimumRate * stallMs / 1000) });
  try {
    await work({ watch, signal: AbortSignal.any([dismissed, watch.signal]) });
  } catch (error) {
    if (isCubicError(error) || error instanceof Broken) throw error;
    const reason = watch.signal.aborted ? watch.signal.reason : error;
    throw new Broken(reason instanceof Error ? reason.message : String(reason), { cause: error });
  }
}
