/** Modes and times of single files, kept exactly when that is asked for. */
import type { SshConnection } from "../ssh/client.ts";
import { quoteCommand } from "../ssh/quote.ts";
import { CubicError } from "../errors.ts";
import { guestFailure } from "./guest_failure.ts";
import { printable } from "./printable.ts";

/** What is kept. */
export interface KeptFacts {
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
}

/** POSIX touch reads years from 0 to 9999 this way, and with them times that no other form has everywhere. */
const SCRIPT = `chmod "$2" "$1" && TZ=UTC0 touch -c -m -t "$3" "$1"`;

/**
 * Gives a file of the guest its mode and time.
 * @throws CubicError "transfer-failed" when the guest refuses.
 */
export async function keepInGuest(
  connection: SshConnection,
  path: string,
  { mode, mtime }: KeptFacts,
): Promise<void> {
  const words = ["sh", "-c", SCRIPT, "sh", path, mode.toString(8), touchTime(mtime)];
  const process = await connection.start(quoteCommand(words));
  process.end();
  const [, stderr] = await Promise.all([process.stdout.text(), process.stderr.text()]);
  const status = await process.status;
  if (status.kind === "code" && status.code === 0) return;
  try {
    // A guest without a shell: SFTP knows the times from 1970 to 2106.
    using sftp = await connection.sftp();
    await sftp.setFacts(path, mode, Math.min(Math.max(0, mtime), 2 ** 32 - 1));
  } catch {
    throw guestFailure(path, `its mode and time could not be kept: ${printable(stderr)}`);
  }
}

/** Gives a file of the host its mode and time. */
export async function keepOnHost(path: string, { mode, mtime }: KeptFacts): Promise<void> {
  try {
    await Deno.chmod(path, mode);
    await Deno.utime(path, mtime, mtime);
  } catch (error) {
    throw new CubicError(
      "failed",
      `Cannot keep mode and time of "${path}": ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}

/** A time as `touch -t` reads it, CCYYMMDDhhmm.SS in UTC. Exported for its tests. */
export function touchTime(mtime: number): string {
  const digits = new Date(mtime * 1000).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 12)}.${digits.slice(12, 14)}`;
}
