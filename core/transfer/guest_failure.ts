/** Failures in the guest, in words. */
import { CubicError } from "../errors.ts";

/** The error for a copy that broke off in the guest, from what the guest said about it. */
export function guestFailure(path: string, reason: string): CubicError {
  if (/no space left|quota exceeded|ENOSPC|wrote only \d+ of \d+ bytes/i.test(reason)) {
    return new CubicError("disk-full", `Cannot copy "${path}": the guest's disk is full`, {
      hint: "`cubic exec INSTANCE -- df -h` shows where; a stopped instance's disk can be grown.",
      details: reason,
    });
  }
  if (isReadOnly(reason)) {
    return new CubicError(
      "transfer-failed",
      `Cannot copy "${path}": the guest's file system is read-only`,
      {
        hint: "`cubic exec INSTANCE -- mount` shows why: `ro` may be a choice, or a damaged disk.",
      },
    );
  }
  if (/permission denied|not permitted/i.test(reason)) return notPermitted(path);
  return new CubicError("transfer-failed", `Cannot copy "${path}": ${reason}`);
}

/**
 * The error for a copy that every route refused, when they did for a reason that no other route would mend; undefined
 * when not.
 */
export function sharedRefusal(path: string, refusals: readonly string[]): CubicError | undefined {
  const reason = refusals.find(isReadOnly);
  return reason === undefined ? undefined : guestFailure(path, reason);
}

function isReadOnly(reason: string): boolean {
  return /read-only file system|EROFS/i.test(reason);
}

/** The error for a path that the guest's user must not read or write. */
export function notPermitted(path: string): CubicError {
  return new CubicError(
    "transfer-failed",
    `Cannot copy "${path}": permission denied in the guest`,
    {
      hint: "Go through the home directory: `cubic exec INSTANCE -- sudo mv FILE TARGET`.",
    },
  );
}
