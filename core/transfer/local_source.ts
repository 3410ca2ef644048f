/** A file of the host, read ahead of whoever sends it. */
import { CubicError, describeFailure } from "../errors.ts";
import type { ByteSource } from "./route.ts";

/** An opened file of the host. */
export interface LocalSource extends ByteSource, Disposable {
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Opens a regular file to send.
 * @throws CubicError "file-not-found", or "failed" when it is no file or can't be read.
 */
export async function openLocalSource(path: string): Promise<LocalSource> {
  let file: Deno.FsFile | undefined;
  try {
    const { isDirectory, isFile } = await Deno.stat(path);
    if (isDirectory) throw isDirectoryError(path);
    // Opening a named pipe would wait for a writer.
    if (!isFile) {
      throw new CubicError("failed", `Cannot copy "${path}": it is not a regular file`);
    }
    file = await Deno.open(path, { read: true });
    const { size, mode } = await file.stat();
    const opened = file;
    return {
      size,
      mode: (mode ?? 0o644) & 0o777,
      chunks: (length) => readAhead(opened, path, size, length),
      [Symbol.dispose]: () => opened.close(),
    };
  } catch (error) {
    file?.close();
    if (error instanceof Deno.errors.NotFound) {
      throw new CubicError("file-not-found", `Cannot copy "${path}": there is no such file`, {
        hint: "A path without `instance:` is one of this host.",
        cause: error,
      });
    }
    throw describeFailure(`read "${path}"`, error);
  }
}

/** The error for a directory where only files can be copied. */
export function isDirectoryError(path: string): CubicError {
  return new CubicError("failed", `Cannot copy "${path}": it is a directory`, {
    hint: "Add -r to copy a directory with all that is in it.",
  });
}

/** While one piece is being sent the next is being read, into the other of two buffers. */
async function* readAhead(
  file: Deno.FsFile,
  path: string,
  size: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  const buffers = [0, 1].map(() => new Uint8Array(Math.min(length, size)));
  const fill = async (turn: number, left: number): Promise<Uint8Array> => {
    const piece = buffers[turn % 2]!.subarray(0, Math.min(length, left));
    for (let at = 0; at < piece.length;) {
      const count = await file.read(piece.subarray(at));
      if (count === null) throw shrank(path);
      at += count;
    }
    return piece;
  };
  let next: Promise<Uint8Array> | undefined = size > 0 ? fill(0, size) : undefined;
  try {
    for (let turn = 1, left = size; next; turn++) {
      const piece: Uint8Array = await next;
      left -= piece.length;
      next = left > 0 ? fill(turn, left) : undefined;
      // Looked at when its turn comes; until then nobody may call it unhandled.
      next?.catch(() => {});
      yield piece;
    }
  } finally {
    // The file is closed after this, and must not be under a read.
    await next?.catch(() => {});
  }
}

/** The error for a source that has fewer bytes than it had at the start. */
export function shrank(path: string): CubicError {
  return new CubicError("transfer-failed", `Cannot copy "${path}": it shrank while it was read`, {
    hint: "Copy it again when nothing writes to it.",
  });
}
