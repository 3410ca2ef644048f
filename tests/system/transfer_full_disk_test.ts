/** Disks that are really full or read-only, on either side: a file system of its own, where all of it runs. */
import { deepEqual, equal, match } from "node:assert/strict";
import type { FullDiskOutcome } from "../support/full_disk.ts";
import { runWithMount } from "../support/own_mount.ts";
import type { RefusedCopy } from "../support/read_only.ts";

const SMALL = `mount -t tmpfs -o size=4m none "$1"`;

/** With a file and a tree in it, for copies that would replace them. */
const READ_ONLY = `mount -t tmpfs none "$1" && mkdir "$1/tree" && echo old >"$1/f" &&
echo old >"$1/tree/f" && mount -o remount,bind,ro "$1"`;

Deno.test("a full disk on either side is said by every route, and nothing of the copy stays", async (t) => {
  const outcomes = await runWithMount<FullDiskOutcome[]>(SMALL, "full_disk.ts");
  equal(outcomes.length, 12);
  for (const { name, code, message, before, after } of outcomes) {
    await t.step(name, () => {
      equal(code, "disk-full", message);
      match(message, /^Cannot .*: (the guest's disk|the disk) is full$/);
      deepEqual(after, before);
    });
  }
});

Deno.test("a read-only file system on either side is said by every route", async (t) => {
  const refused = await runWithMount<RefusedCopy[]>(READ_ONLY, "read_only.ts");
  equal(refused.length, 24);
  for (const { name, code, message, hint } of refused) {
    await t.step(name, () => {
      equal(code, name.includes("into") ? "transfer-failed" : "failed", message);
      match(message, /^Cannot .*: the (guest's )?file system is read-only$/);
      match(hint, /mount` shows/);
    });
  }
});
