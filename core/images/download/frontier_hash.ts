/** The digest of a file that is written in no particular order: always of all up to the first hole. */
import { createHash } from "node:crypto";
import type { Checksum } from "../../../plugins/contract.ts";
import { readChunks } from "../digest.ts";

/** What is hashed. */
export interface HashedFile {
  readonly path: string;
  readonly algorithm: Checksum["algorithm"];
  /** Up to where the file has no hole at this moment. */
  readonly frontier: () => number;
  readonly signal: AbortSignal;
}

/** A digest under way. */
export interface FrontierHash extends AsyncDisposable {
  /** Bytes that are being written at `offset`; hashed at once when they are the next ones. */
  offer(offset: number, bytes: Uint8Array): void;
  /** The frontier has moved: what came ahead and is joined now is read back, from the page cache mostly. */
  advance(): void;
  /**
   * The digest up to the frontier, in lower-case hexadecimal.
   * @throws CubicError "interrupted", and errors of reading the file.
   */
  digest(): Promise<string>;
}

/** Begins a digest. */
export function startFrontierHash({ path, algorithm, frontier, signal }: HashedFile): FrontierHash {
  const hash = createHash(algorithm);
  const stop = new AbortController();
  let hashed = 0;
  let catchingUp: Promise<void> | undefined;

  const use = (bytes: Uint8Array): void => {
    hash.update(bytes);
    hashed += bytes.length;
  };
  const catchUp = async (): Promise<void> => {
    const either = AbortSignal.any([signal, stop.signal]);
    for (let before = -1; hashed < frontier();) {
      if (hashed === before) throw new Error(`${path} became shorter while it was read`);
      before = hashed;
      const length = frontier() - hashed;
      await readChunks(path, use, { signal: either, offset: hashed, length });
    }
    catchingUp = undefined;
  };
  const advance = (): void => {
    if (catchingUp || hashed >= frontier()) return;
    catchingUp = catchUp();
    // Whoever asks for the digest gets the error.
    catchingUp.catch(() => {});
  };
  return {
    offer(offset, bytes) {
      if (offset === hashed && !catchingUp) use(bytes);
    },
    advance,
    async digest() {
      while (hashed < frontier()) {
        advance();
        await catchingUp;
      }
      return hash.copy().digest("hex");
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await catchingUp?.catch(() => {});
    },
  };
}
