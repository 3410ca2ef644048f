/** Where a download goes on the host: under its final name only when it is whole. */
import { basename, dirname, join } from "node:path";
import { statIfThere } from "../atomic.ts";
import { CubicError, describeFailure } from "../errors.ts";
import { isDirectoryError } from "./local_source.ts";
import type { ByteSink } from "./route.ts";

/** A file under construction; disposing it without {@linkcode commit} removes it. */
export interface LocalTarget extends ByteSink, AsyncDisposable {
  /** The final path. */
  readonly path: string;
  /** The path of the file until then; left out when the target is written in place. */
  readonly part?: string;
  /** Puts the file under its name. */
  commit(): Promise<void>;
}

/**
 * Opens the target of a download: a name inside `path` when that is a directory. What is there keeps its
 * permission bits; a new file gets `mode` under our umask. A device is written into as it is.
 * @throws CubicError "file-not-found" when the directory is missing, "failed" when it can't be written.
 */
export async function openLocalTarget(
  path: string,
  name: string,
  mode: number,
): Promise<LocalTarget> {
  try {
    const { final, existing } = await resolveTarget(path, name);
    if (existing && !existing.isFile) return await openInPlace(final);
    const part = join(dirname(final), `.cubic-${crypto.randomUUID().slice(0, 8)}.part`);
    let file: Deno.FsFile;
    try {
      file = await Deno.open(part, { createNew: true, write: true, mode: mode & 0o777 });
    } catch (error) {
      // The directory is not ours, but the file in it may be.
      if (existing && error instanceof Deno.errors.PermissionDenied) {
        return await openInPlace(final);
      }
      throw error;
    }
    return partTarget(file, part, final, existing?.mode ?? undefined);
  } catch (error) {
    throw describeFailure(`write "${path}"`, error);
  }
}

async function resolveTarget(
  path: string,
  name: string,
): Promise<{ final: string; existing: Deno.FileInfo | undefined }> {
  const found = await statIfThere(path);
  const inside = found?.isDirectory ?? false;
  if (path.endsWith("/") && !inside) throw noDirectory(path);
  const named = inside ? join(path, name) : path;
  const existing = inside ? await statIfThere(named) : found;
  if (existing?.isDirectory) throw isDirectoryError(named);
  if (!existing && !(await statIfThere(dirname(named)))?.isDirectory) {
    throw noDirectory(dirname(named));
  }
  // A link stays a link: what it points to is replaced.
  return { final: existing ? await Deno.realPath(named) : named, existing };
}

function noDirectory(path: string): CubicError {
  return new CubicError("file-not-found", `Cannot copy to "${path}": there is no such directory`, {
    hint: `Make it first: \`mkdir -p ${path}\``,
  });
}

async function openInPlace(path: string): Promise<LocalTarget> {
  const file = await Deno.open(path, { write: true, truncate: true });
  return {
    path,
    write: (bytes) => writeAll(file, bytes, path),
    commit: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(file.close()),
  };
}

function partTarget(
  file: Deno.FsFile,
  part: string,
  path: string,
  mode: number | undefined,
): LocalTarget {
  let committed = false;
  return {
    path,
    part,
    write: (bytes) => writeAll(file, bytes, path),
    commit: async () => {
      try {
        if (mode !== undefined) await Deno.chmod(part, mode & 0o7777);
        await Deno.rename(part, path);
        committed = true;
      } catch (error) {
        throw describeFailure(`write "${basename(path)}"`, error);
      }
    },
    [Symbol.asyncDispose]: async () => {
      file.close();
      if (!committed) await Deno.remove(part).catch(() => {});
    },
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  try {
    while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
  } catch (error) {
    throw describeFailure(`write "${path}"`, error);
  }
}
