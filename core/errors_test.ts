import { equal, match, ok } from "node:assert/strict";
import {
  CubicError,
  describeFailure,
  type ErrorCode,
  exitStatus,
  interrupted,
  isCubicError,
} from "./errors.ts";

Deno.test("exitStatus() follows the table of the README", () => {
  const statuses: Partial<Record<ErrorCode, number>> = {
    "failed": 1,
    "usage": 2,
    "invalid-name": 2,
    "instance-not-found": 3,
    "image-not-found": 3,
    "locked": 4,
    "instance-exists": 4,
    "qemu-missing": 5,
    "firmware-missing": 5,
    "accelerator-unavailable": 5,
    "interrupted": 130,
  };
  for (const [code, status] of Object.entries(statuses)) {
    equal(exitStatus(code as ErrorCode), status, code);
  }
});

Deno.test("isCubicError() tells ours from others, and one code from the next", () => {
  const error: unknown = new CubicError("locked", "Cannot", { hint: "wait", details: "pid 1" });
  ok(isCubicError(error));
  ok(isCubicError(error, "locked"));
  ok(!isCubicError(error, "failed"));
  ok(!isCubicError(new Error("locked")));
});

Deno.test("describeFailure() passes our own errors on as they are", () => {
  const error = interrupted();
  equal(describeFailure("do it", error), error);
});

Deno.test("describeFailure() names a full disk and missing rights in a person's words", async () => {
  const full = describeFailure("write it", new Error("No space left on device (os error 28)"));
  equal(full.code, "disk-full");
  equal(full.message, "Cannot write it: the disk is full");
  match(full.hint ?? "", /df -h/);
  const denied = describeFailure("read it", new Deno.errors.PermissionDenied("os error 13"));
  match(denied.message, /permission denied/);
  const missing = await Deno.readFile("/nonexistent/file").catch((error) => error);
  const other = describeFailure("read it", missing);
  equal(other.code, "failed");
  equal(other.cause, missing);
  equal(describeFailure("x", "a string").message, "Cannot x: a string");
});

Deno.test("describeFailure() finds a full disk behind the real system call", async () => {
  const error = await Deno.writeTextFile("/dev/full", "x").catch((error) => error);
  if (Deno.build.os === "linux") equal(describeFailure("write", error).code, "disk-full");
});
