/** Copying an image file as the file system does it best. */
import { statIfThere } from "../atomic.ts";
import { interrupted } from "../errors.ts";
import type { Operation } from "../progress.ts";

/** Milliseconds between two looks at how far it is. */
const LOOK_EVERY = 200;

/**
 * Copies a file, sharing its blocks where the file system can; the copy is private to the user, and writable however
 * the original is. An abort waits for the copy, which can't be stopped, and throws then.
 * @throws CubicError "interrupted".
 */
export async function copyImage(
  from: string,
  to: string,
  label: string,
  { signal, report }: Operation,
): Promise<void> {
  if (signal.aborted) throw interrupted();
  const { size: total } = await Deno.stat(from);
  const look = setInterval(async () => {
    const done = (await statIfThere(to).catch(() => undefined))?.size;
    if (done !== undefined) report({ kind: "bytes", label, done, total });
  }, LOOK_EVERY);
  try {
    await Deno.copyFile(from, to);
  } finally {
    clearInterval(look);
  }
  if (signal.aborted) throw interrupted();
  await Deno.chmod(to, 0o600);
}
