/** Waiting for a guest to come up: ready means that a login succeeds, not that a port is open. */
import { CubicError } from "../errors.ts";
import { sleep } from "../host.ts";
import { type SshConnection, tryConnect } from "./client.ts";
import type { SshTarget } from "./target.ts";

/** How to wait. */
export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Milliseconds until it is given up. */
  readonly timeoutMs: number;
  /** Called after each try that failed. */
  readonly onAttempt?: (attempt: number, error: CubicError) => void;
  /** Asked before each try and after each failure; false ends the wait at once. */
  readonly isAlive?: () => boolean | Promise<boolean>;
  /** Socket of an ssh-agent that the guest may use; none when left out. */
  readonly agent?: string;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** A guest that swallows the connection request answers a new one sooner than the old one. */
const FIRST_BANNER_MS = 4000;
const LONGEST_BANNER_MS = 20_000;

/**
 * Tries to log in until it works and returns that connection. A refused key is tried again too: sshd may be
 * up before cloud-init has written the key. Another host key than the known one ends the wait at once.
 * @throws CubicError "start-timeout" at the deadline, "ssh-failed" when the machine is gone or answers
 * with a foreign host key, "interrupted" when aborted.
 */
export async function waitForSsh(target: SshTarget, options: WaitOptions): Promise<SshConnection> {
  const { signal, timeoutMs, onAttempt, isAlive, agent } = options;
  const deadline = performance.now() + timeoutMs;
  let pause = FIRST_PAUSE_MS;
  let banner = FIRST_BANNER_MS;
  let last: CubicError | undefined;
  for (let attempt = 1; performance.now() < deadline; attempt++) {
    if (isAlive && !(await isAlive())) throw machineGone(target, last);
    const left = Math.max(1, deadline - performance.now());
    const result = await tryConnect(target, {
      signal,
      bannerTimeoutMs: Math.min(banner, left),
      timeoutMs: Math.min(left, 2 * LONGEST_BANNER_MS),
      ...(agent !== undefined && { agent }),
    });
    if (result.ok) return result.connection;
    if (result.reason === "host-key" || result.reason === "protocol") throw result.error;
    last = result.error;
    onAttempt?.(attempt, last);
    await sleep(Math.max(0, Math.min(pause, deadline - performance.now())), signal);
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    banner = Math.min(banner * 1.5, LONGEST_BANNER_MS);
  }
  if (isAlive && !(await isAlive())) throw machineGone(target, last);
  throw new CubicError(
    "start-timeout",
    `Cannot log in to ${target.user}@${target.host}:${target.port} within ` +
      `${Math.round(timeoutMs / 1000)} s: ${last?.message ?? "no try ended"}`,
    {
      hint: "`cubic logs NAME` shows how far the guest has come; a slow host needs a longer wait.",
      cause: last,
    },
  );
}

function machineGone(target: SshTarget, last: CubicError | undefined): CubicError {
  return new CubicError(
    "ssh-failed",
    `Cannot reach ${target.user}@${target.host}:${target.port}: the machine stopped`,
    { hint: "`cubic logs NAME` shows why.", cause: last },
  );
}
