/** Reading a file in pieces of known lengths. */

/** Takes the next bytes; it rejects when there are fewer. */
export interface Take {
  (length: number): Promise<Uint8Array>;
  /** True when there are no more. */
  atEnd(): Promise<boolean>;
}

const CHUNK = 256 * 1024;

/**
 * A reader of an open file. `onRead` is told the bytes that were read; `tooShort` makes the error to throw when the
 * file ends within a piece.
 */
export function fileReader(
  file: Pick<Deno.FsFile, "read">,
  onRead: (bytes: number) => void,
  tooShort: () => Error,
): Take {
  let rest: Uint8Array = new Uint8Array();

  const fill = async (length: number): Promise<boolean> => {
    while (rest.length < length) {
      const buffer = new Uint8Array(Math.max(CHUNK, length));
      buffer.set(rest);
      const count = await file.read(buffer.subarray(rest.length));
      if (count === null) return false;
      onRead(count);
      rest = buffer.subarray(0, rest.length + count);
    }
    return true;
  };

  const take = async (length: number): Promise<Uint8Array> => {
    if (!await fill(length)) throw tooShort();
    const piece = rest.subarray(0, length);
    rest = rest.subarray(length);
    return piece;
  };
  return Object.assign(take, { atEnd: async () => !await fill(1) });
}
