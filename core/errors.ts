/**
 * The one error class of the program. A core operation throws it; `main.ts` turns its code into an
 * exit status and prints message and hint. Anything else that is thrown is a bug of ours.
 */

const EXIT_STATUS = {
  "failed": 1,
  "image-corrupt": 1,
  "signature-missing": 1,
  "signature-wrong": 1,
  "plugin-failed": 1,
  "network": 1,
  "disk-full": 1,
  "qemu-failed": 1,
  "qmp-failed": 1,
  "start-timeout": 1,
  "stop-timeout": 1,
  "wait-timeout": 1,
  "ssh-failed": 1,
  "transfer-failed": 1,
  "build-failed": 1,
  "usage": 2,
  "invalid-name": 2,
  "invalid-value": 2,
  "instance-not-found": 3,
  "image-not-found": 3,
  "port-not-found": 3,
  "distro-not-found": 3,
  "distro-exists": 4,
  "file-not-found": 3,
  "instance-exists": 4,
  "instance-running": 4,
  "instance-stopped": 4,
  "instance-broken": 4,
  "instance-protected": 4,
  "config-broken": 4,
  "image-in-use": 4,
  "locked": 4,
  "port-taken": 4,
  "qemu-missing": 5,
  "firmware-missing": 5,
  "accelerator-unavailable": 5,
  "tool-missing": 5,
  "host-unsupported": 5,
  "interrupted": 130,
} as const;

/** What went wrong, for code that has to decide; people read the message instead. */
export type ErrorCode = keyof typeof EXIT_STATUS;

/** What may accompany a message. */
export interface ErrorDetails {
  /** What to do next: a sentence, or a command in backquotes. May have several lines. */
  readonly hint?: string;
  /** Evidence to print under the message, such as the last lines of a log. */
  readonly details?: string;
  readonly cause?: unknown;
}

/** A failure a person can act on. */
export class CubicError extends Error {
  override readonly name = "CubicError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: string | undefined;

  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.details = more.details;
  }
}

/** The exit status for a failure: 1 to 5 and 130, as README and `cubic --help` list them. */
export function exitStatus(code: ErrorCode): number {
  return EXIT_STATUS[code];
}

/** The error to throw when the user pressed Ctrl-C or the caller's signal was aborted. */
export function interrupted(): CubicError {
  return new CubicError("interrupted", "Interrupted");
}

/** True for a {@linkcode CubicError}, of the given code when one is named. */
export function isCubicError(error: unknown, code?: ErrorCode): error is CubicError {
  return error instanceof CubicError && (code === undefined || error.code === code);
}

/**
 * Passes errors of ours on and gives a failed system call the words a person needs: a full disk, one
 * that can't be written and missing rights have their own text, everything else names the action that failed.
 */
export function describeFailure(action: string, error: unknown): CubicError {
  if (error instanceof CubicError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/ENOSPC|os error 28|No space left/i.test(text)) {
    return new CubicError("disk-full", `Cannot ${action}: the disk is full`, {
      hint: "Free some space (`df -h` shows where), or move cubic's data with CUBIC_HOME.",
      cause: error,
    });
  }
  if (/EROFS|os error 30\b|Read-only file system/i.test(text)) {
    return new CubicError("failed", `Cannot ${action}: the file system is read-only`, {
      hint: "`mount` shows how it is mounted. Choose another place.",
      details: text,
      cause: error,
    });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new CubicError("failed", `Cannot ${action}: permission denied`, {
      hint: "Check who owns the file; cubic never needs root.",
      details: text,
      cause: error,
    });
  }
  return new CubicError("failed", `Cannot ${action}: ${text}`, { cause: error });
}
