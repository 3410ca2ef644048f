import { deepEqual, rejects } from "node:assert/strict";
import { isCubicError } from "../errors.ts";
import { boundedTree } from "./bounded_tree.ts";
import type { TreeEntry } from "./tree.ts";

async function* endless(path: string): AsyncGenerator<TreeEntry> {
  for (;;) yield await Promise.resolve({ kind: "directory", path, mode: 0o755, mtime: 0 });
}

async function* some(count: number): AsyncGenerator<TreeEntry> {
  for await (const entry of endless("d")) {
    if (count-- === 0) return;
    yield entry;
  }
}

async function countOf(entries: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _entry of entries) count++;
  return count;
}

Deno.test("a tree within its limits is left alone", async () => {
  deepEqual(await countOf(boundedTree(some(3), "t", { entries: 3, characters: 3 })), 3);
});

Deno.test("a tree without end is an error, be it of many entries or of long paths", async () => {
  const tooMany = { entries: 100, characters: 1e9 };
  const tooLong = { entries: 1e9, characters: 100 };
  for (const limits of [tooMany, tooLong]) {
    await rejects(
      countOf(boundedTree(endless("a/b"), "t\x1b", limits)),
      (error) => isCubicError(error, "transfer-failed") && !error.message.includes("\x1b"),
    );
  }
});
