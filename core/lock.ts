/**
 * Locks between processes. The kernel holds them (flock on a file in `<data>/locks`), so a lock dies with
 * its holder however that ends; the file's text only tells people who holds it.
 */
import { join } from "node:path";
import { CubicError, describeFailure, interrupted } from "./errors.ts";
import { ensureDir, readTextIfThere } from "./atomic.ts";
import { sleep } from "./host.ts";
import type { Paths } from "./paths.ts";

/** A held lock; released by `await using` or when the process ends. */
export interface Lock extends AsyncDisposable {
  /** Gives the lock back and removes its file. */
  release(): Promise<void>;
}

/** How long to wait for a lock that somebody else holds. */
export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; 0 (the default) does not wait at all. */
  readonly waitMs?: number;
  /** What the holder is doing, for the others' error message. */
  readonly purpose?: string;
  /** What is locked, in the user's words; the lock's name by default. */
  readonly subject?: string;
}

/**
 * Takes the lock of that name.
 * @throws CubicError "locked", naming the holder's pid, when it is not free in time.
 */
export async function acquireLock(
  paths: Pick<Paths, "locks">,
  name: string,
  options: LockOptions = {},
): Promise<Lock> {
  const deadline = performance.now() + (options.waitMs ?? 0);
  while (true) {
    const lock = await tryAcquireLock(paths, name, options.purpose);
    if (lock) return lock;
    if (options.signal?.aborted) throw interrupted();
    if (performance.now() >= deadline) {
      throw await lockedError(paths, name, options.subject ?? name);
    }
    await sleep(25, options.signal);
  }
}

/** Takes the lock of that name if nobody holds it. */
export async function tryAcquireLock(
  paths: Pick<Paths, "locks">,
  name: string,
  purpose?: string,
): Promise<Lock | undefined> {
  await ensureDir(paths.locks);
  const path = lockPath(paths, name);
  while (true) {
    const file = await openLock(path);
    try {
      if (!(await file.tryLock(true))) {
        file.close();
        return undefined;
      }
      if (await isStill(path, file)) {
        await signLock(file, purpose);
        return heldLock(path, file);
      }
    } catch (error) {
      file.close();
      throw error;
    }
    // Its holder removed the file between our opening and our locking it: the next one is free.
    file.close();
  }
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { create: true, read: true, write: true, mode: 0o600 });
  } catch (error) {
    throw describeFailure(`lock ${path}`, error);
  }
}

/** Without a name on it a lock is as good: on a full disk things must still be deletable. */
async function signLock(file: Deno.FsFile, purpose = ""): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`${Deno.pid} ${purpose}\n`));
  } catch {
    // Others will read "another process".
  }
}

function heldLock(path: string, file: Deno.FsFile): Lock {
  let held = true;
  const release = async (): Promise<void> => {
    if (!held) return;
    held = false;
    // Removed while still locked: whoever opened it meanwhile sees that the path is another file now.
    await Deno.remove(path).catch(() => {});
    file.close();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** A holder removes the file when done; a lock on the removed file would lock nothing. */
async function isStill(path: string, file: Deno.FsFile): Promise<boolean> {
  const opened = await file.stat();
  try {
    const named = await Deno.stat(path);
    return named.ino === opened.ino && named.dev === opened.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function lockedError(
  paths: Pick<Paths, "locks">,
  name: string,
  subject: string,
): Promise<CubicError> {
  const [pid, ...purpose] = (await readTextIfThere(lockPath(paths, name)) ?? "").trim().split(" ");
  const holder = pid ? `process ${pid}` : "another process";
  const doing = purpose.length > 0 ? ` (${purpose.join(" ")})` : "";
  return new CubicError("locked", `Cannot change "${subject}": ${holder} holds its lock${doing}`, {
    hint: pid
      ? `Try again when it is done; \`ps -p ${pid}\` shows what it is.`
      : "Try again in a moment.",
  });
}

function lockPath(paths: Pick<Paths, "locks">, name: string): string {
  return join(paths.locks, `${name}.lock`);
}
