/** Files that are either whole or not there. */
import { CubicError, describeFailure } from "./errors.ts";

const OTHER_TEMPORARY = "Point TMPDIR at a directory of your own.";

/**
 * Writes a file so that a crash at any moment leaves the old content or the new, never a part: temporary
 * file beside it, fsync, rename.
 */
export async function writeAtomic(
  path: string,
  content: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeNewFile(temporary, content, options.mode);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/**
 * Writes a file that is not there yet and waits until it is on the disk; private to the user unless a mode says
 * otherwise.
 */
export async function writeNewFile(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode });
  let bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
  await file.sync();
}

/** Waits until what was written to a file, or into a directory, is on the disk. */
export async function syncPath(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

/**
 * Makes a directory and its parents, private to the user.
 * @throws CubicError "failed" where the user may not, as one without a home; `hint` says what to do then.
 */
export async function ensureDir(
  path: string,
  hint = "Set CUBIC_HOME to a directory that you can write: all that cubic keeps is in there then.",
): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const failure = describeFailure(`make the directory ${path}`, error);
    if (failure.code === "disk-full") throw failure;
    throw new CubicError(failure.code, failure.message, { hint, cause: error });
  }
}

/**
 * Makes a directory of the user's own in a place where others can make some too, such as /tmp.
 * @throws CubicError "failed" when somebody else was there first.
 */
export async function ensurePrivateDir(path: string): Promise<void> {
  await ensureDir(path, OTHER_TEMPORARY);
  const { isDirectory, uid, mode } = await Deno.lstat(path);
  if (!isDirectory || uid !== Deno.uid()) {
    throw new CubicError("failed", `Cannot use ${path}: it belongs to somebody else`, {
      hint: OTHER_TEMPORARY,
    });
  }
  if (((mode ?? 0) & 0o077) !== 0) await Deno.chmod(path, 0o700);
}

/** Removes a file or a whole directory; one that is not there is fine. */
export async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** The text of a file, or undefined when there is none. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Facts of a file, or undefined when there is none. */
export async function statIfThere(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
