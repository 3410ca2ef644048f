import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { isCubicError } from "./errors.ts";
import { acquireLock, tryAcquireLock } from "./lock.ts";
import { type Child, firstLine, startScript } from "../tests/support/child.ts";
import { makeTempDir } from "../tests/support/temp_dir.ts";

/** Takes the lock, says so, and holds it until it is killed. */
const HOLDER = `
import { acquireLock } from "/core/lock.ts";
await acquireLock({ locks: Deno.args[0] }, "web", { purpose: "start" });
console.log("held");
setInterval(() => {}, 1000);
`;

/** Adds 1 to a number in a file, many times, each time under the lock. */
const COUNTER = `
import { acquireLock } from "/core/lock.ts";
const [locks, path] = Deno.args;
for (let turn = 0; turn < 10; turn++) {
  await using lock = await acquireLock({ locks }, "counter", { waitMs: 60_000 });
  const before = Number(await Deno.readTextFile(path));
  await new Promise((resolve) => setTimeout(resolve, 1));
  await Deno.writeTextFile(path, String(before + 1));
}
console.log("done");
`;

Deno.test("a lock keeps everybody else out until it is released, then its file is gone", async () => {
  await using dir = await makeTempDir();
  const paths = { locks: join(dir.path, "locks") };
  const lock = await acquireLock(paths, "web");
  equal(await tryAcquireLock(paths, "web"), undefined);
  ok(
    await tryAcquireLock(paths, "db").then(async (other) => {
      await other?.release();
      return other;
    }),
  );
  await lock.release();
  await lock.release();
  deepEqual(await Array.fromAsync(Deno.readDir(paths.locks)), []);
  await using again = await acquireLock(paths, "web");
  ok(again);
});

Deno.test("acquireLock() names the process that holds the lock and what it does", async () => {
  await using dir = await makeTempDir();
  await using holder = await startHolder(dir.path);
  const error = await acquireLock({ locks: dir.path }, "web", { subject: "my web", waitMs: 60 })
    .catch((error) => error);
  ok(isCubicError(error, "locked"));
  equal(
    error.message,
    `Cannot change "my web": process ${holder.pid} holds its lock (start)`,
  );
  match(error.hint ?? "", new RegExp(`ps -p ${holder.pid}`));
});

Deno.test("a lock dies with its holder, however that ends", async () => {
  await using dir = await makeTempDir();
  const holder = await startHolder(dir.path);
  await holder.end();
  await using lock = await acquireLock({ locks: dir.path }, "web");
  ok(lock);
  equal((await Deno.readTextFile(join(dir.path, "web.lock"))).split(" ")[0], String(Deno.pid));
});

Deno.test("acquireLock() waits for a holder that ends in time", async () => {
  await using dir = await makeTempDir();
  const lock = await acquireLock({ locks: dir.path }, "web");
  const waiting = acquireLock({ locks: dir.path }, "web", { waitMs: 60_000 });
  await lock.release();
  await (await waiting).release();
});

Deno.test("acquireLock() stops waiting when it is interrupted", async () => {
  await using dir = await makeTempDir();
  await using _lock = await acquireLock({ locks: dir.path }, "web");
  const controller = new AbortController();
  const waiting = acquireLock({ locks: dir.path }, "web", {
    waitMs: 60_000,
    signal: controller.signal,
  });
  controller.abort();
  await rejects(waiting, { code: "interrupted" });
});

Deno.test("a lock whose file was removed and made anew by others is never held twice", async () => {
  await using dir = await makeTempDir();
  const paths = { locks: dir.path };
  let holders = 0;
  let taken = 0;
  const take = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) {
      await using lock = await tryAcquireLock(paths, "web");
      if (!lock) continue;
      taken++;
      equal(++holders, 1);
      await Promise.resolve();
      holders--;
    }
  };
  await Promise.all(Array.from({ length: 8 }, take));
  ok(taken > 0);
});

Deno.test("a free lock is never refused because its file went away in this moment", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "web.lock");
  let done = false;
  const remover = (async () => {
    while (!done) {
      await Deno.remove(path).catch(() => {});
      // Without a pause it would remove nearly every file between its opening and its locking.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  })();
  try {
    for (let turn = 0; turn < 300; turn++) {
      const lock = await tryAcquireLock({ locks: dir.path }, "web");
      ok(lock, `turn ${turn}`);
      await lock.release();
    }
  } finally {
    done = true;
    await remover;
  }
});

Deno.test("8 processes that count under one lock lose no count", async () => {
  await using dir = await makeTempDir();
  const path = join(dir.path, "count");
  await Deno.writeTextFile(path, "0");
  const children = Array.from({ length: 8 }, () => startScript(COUNTER, [dir.path, path]));
  try {
    for (const child of children) equal(await firstLine(child), "done");
  } finally {
    for (const child of children) await child.end();
  }
  equal(await Deno.readTextFile(path), "80");
});

async function startHolder(locks: string): Promise<Child> {
  const holder = startScript(HOLDER, [locks]);
  equal(await firstLine(holder), "held");
  return holder;
}
