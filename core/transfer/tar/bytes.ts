/** Taking bytes in the portions a format asks for, from a stream that comes in portions of its own. */

/** A stream's next bytes; undefined at its end. */
export type ReadBytes = () => Promise<Uint8Array | undefined>;

/** A reader with a little memory. */
export interface ByteReader {
  /** Exactly that many bytes, valid until the next call; undefined when the stream ends before. */
  exactly(length: number): Promise<Uint8Array | undefined>;
  /** At least one byte and at most `limit`, valid until the next call; undefined at the end. */
  some(limit: number): Promise<Uint8Array | undefined>;
  /** Drops everything up to and including the text (ASCII); false when it does not come within `limit` bytes. */
  skipPast(text: string, limit?: number): Promise<boolean>;
}

/** Makes a reader. */
export function byteReader(read: ReadBytes): ByteReader {
  let chunk: Uint8Array = new Uint8Array(0);
  const refill = async (): Promise<boolean> => {
    while (chunk.length === 0) {
      const next = await read();
      if (!next) return false;
      chunk = next;
    }
    return true;
  };
  const some = async (limit: number): Promise<Uint8Array | undefined> => {
    if (chunk.length === 0 && !await refill()) return undefined;
    const part = chunk.subarray(0, limit);
    chunk = chunk.subarray(part.length);
    return part;
  };
  const exactly = async (length: number): Promise<Uint8Array | undefined> => {
    if (chunk.length >= length) {
      const whole = chunk.subarray(0, length);
      chunk = chunk.subarray(length);
      return whole;
    }
    const whole = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = await some(length - at);
      if (!part) return undefined;
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const skipPast = async (text: string, limit = 64 * 1024): Promise<boolean> => {
    let seen = "";
    for (let count = 0; count < limit; count++) {
      const byte = await exactly(1);
      if (!byte) return false;
      seen = (seen + String.fromCharCode(byte[0]!)).slice(-text.length);
      if (seen === text) return true;
    }
    return false;
  };
  return { exactly, some, skipPast };
}
