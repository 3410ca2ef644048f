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
  if (/permission denied|not permitted/i.test(reason)) return notPermitted(path);
  return new CubicError("transfer-failed", `Cannot copy "${path}": ${reason}`);
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
