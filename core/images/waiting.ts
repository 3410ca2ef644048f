/** One downloader an image: whoever finds it taken waits, and shows how far the other one is. */
import { join } from "node:path";
import type { App } from "../app.ts";
import { statIfThere } from "../atomic.ts";
import { type Lock, tryAcquireLock } from "../lock.ts";
import type { Operation } from "../progress.ts";
import { downloads } from "./obtain.ts";
import { partialBytes, readIdentity } from "./partial.ts";

/** How often a waiting process looks whether the downloading one is done, in milliseconds. */
const LOOK_EVERY = 200;

/**
 * Takes the lock of an image; `label` is what people call it.
 * @throws CubicError "interrupted"
 */
export async function downloadLock(
  app: App,
  label: string,
  { signal, report }: Operation,
): Promise<Lock> {
  const name = `image-${label.replace(/[^a-z0-9._-]/gi, "-")}`;
  const take = (): Promise<Lock | undefined> =>
    tryAcquireLock(app.paths, name, `downloading ${label}`);
  let lock = await take();
  if (!lock) report({ kind: "step", text: `Waiting for another cubic to download ${label}` });
  while (!lock) {
    await app.host.sleep(LOOK_EVERY, signal);
    lock = await take();
    const partial = lock ? undefined : await newestPartial(app);
    if (partial) report({ kind: "bytes", label, ...await howFar(partial) });
  }
  report({ kind: "done", label });
  return lock;
}

async function howFar(
  partial: string,
): Promise<{ readonly done: number; readonly total: number | undefined }> {
  const [done, identity] = await Promise.all([partialBytes(partial), readIdentity(partial)]);
  return { done, total: identity?.total };
}

/** The partial download that was written to last: with one download under way, that one. */
async function newestPartial(app: App): Promise<string | undefined> {
  let newest: string | undefined;
  let time = 0;
  for (const name of await partialNames(app)) {
    const path = join(downloads(app), name);
    const written = (await statIfThere(path))?.mtime?.getTime() ?? 0;
    if (written > time) [newest, time] = [path, written];
  }
  return newest;
}

async function partialNames(app: App): Promise<string[]> {
  try {
    const names = (await Array.fromAsync(Deno.readDir(downloads(app)))).map(({ name }) => name);
    return names.filter((name) => name.endsWith(".part"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
