/** The file that a download fills: what of it is there, and the digest of what is there without a hole. */
import { removeIfThere } from "../../atomic.ts";
import { describeFailure } from "../../errors.ts";
import type { Download } from "./request.ts";
import {
  discardPartial,
  hasMap,
  type Identity,
  openMap,
  type RangeMap,
  readIdentity,
  readRanges,
  writeIdentity,
} from "../partial.ts";
import { startFrontierHash } from "./frontier_hash.ts";
import { addRange, countBytes, frontierOf, type Range } from "./ranges.ts";

/** A file under way. */
export interface Part extends AsyncDisposable {
  /** Which file of the server's this is a part of. */
  readonly identity: Identity;
  readonly ranges: readonly Range[];
  /** Bytes on the disk. */
  readonly done: number;
  /** False when it was ever written at several places at once. */
  readonly contiguous: boolean;
  /** Takes the identity of an answer whose bytes are about to come. */
  identify(identity: Identity): Promise<void>;
  /** From now on a map is kept, so that what is written ahead survives a kill. */
  keepMap(): Promise<void>;
  /** A handle that stands at `offset`. */
  open(offset: number): Promise<Deno.FsFile>;
  /** Writes bytes to the handle, which stands at `offset`, and takes them into the digest. */
  write(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void>;
  /** Throws everything away. Nothing may be writing. */
  restart(): Promise<void>;
  /** The digest of all up to the first hole, in lower-case hexadecimal. */
  digest(): Promise<string>;
}

const NOTHING_KNOWN: Identity = { validator: undefined, total: undefined };

/** Opens the partial file of a download, with what an earlier try left in it. */
export async function openPart(request: Download, signal: AbortSignal): Promise<Part> {
  const path = request.partial;
  const { algorithm } = request.checksum;
  let { identity, ranges } = await adopt(request);
  /** What the disk refuses is no fault of the server's: nobody tries that again. */
  const attempt = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      throw describeFailure(`download ${request.label}`, error);
    });
  const frontier = (): number => frontierOf(ranges);
  let hash = startFrontierHash({ path, algorithm, frontier, signal });
  let map: RangeMap | undefined;
  const write: Part["write"] = async (file, offset, bytes) => {
    const writing = writeAll(file, bytes);
    // The disk and the processor work at the same time.
    hash.offer(offset, bytes);
    await writing;
    const range = { start: offset, end: offset + bytes.length };
    ranges = addRange(ranges, range);
    map?.add(range);
    hash.advance();
  };
  const part: Part = {
    get identity() {
      return identity;
    },
    get ranges() {
      return ranges;
    },
    get done() {
      return countBytes(ranges);
    },
    get contiguous() {
      return map === undefined;
    },
    async identify(answer) {
      if (answer.validator === identity.validator && answer.total === identity.total) return;
      identity = answer;
      await attempt(writeIdentity(path, answer));
    },
    async keepMap() {
      if (map) return;
      const opened = await attempt(openMap(path, ranges));
      // What was written meanwhile.
      ranges.forEach(opened.add);
      map = opened;
    },
    async open(offset) {
      const file = await attempt(Deno.open(path, { create: true, write: true, mode: 0o600 }));
      await file.seek(offset, Deno.SeekMode.Start);
      return file;
    },
    write: (file, offset, bytes) => attempt(write(file, offset, bytes)),
    async restart() {
      map?.[Symbol.dispose]();
      map = undefined;
      ranges = [];
      identity = NOTHING_KNOWN;
      await hash[Symbol.asyncDispose]();
      hash = startFrontierHash({ path, algorithm, frontier, signal });
      await discardPartial(path);
    },
    digest: () => hash.digest(),
    async [Symbol.asyncDispose]() {
      map?.[Symbol.dispose]();
      await hash[Symbol.asyncDispose]();
    },
  };
  if (await hasMap(path)) await part.keepMap();
  hash.advance();
  return part;
}

/** What an earlier try left and can be continued; all else is cleared away. */
async function adopt(
  { partial, size }: Download,
): Promise<{ identity: Identity; ranges: readonly Range[] }> {
  await clearStranger(partial);
  const identity = await readIdentity(partial);
  const ranges = await readRanges(partial);
  const total = size ?? identity?.total;
  const done = countBytes(ranges);
  const fits = (ranges.at(-1)?.end ?? 0) <= (total ?? Infinity) &&
    (identity?.total ?? total) === total;
  // Without a validator the rest can't be asked for; with nothing missing nobody has to.
  const usable = identity !== undefined || done === total;
  if (done > 0 && fits && usable) {
    return { identity: { ...NOTHING_KNOWN, ...identity, total }, ranges };
  }
  await discardPartial(partial);
  return { identity: NOTHING_KNOWN, ranges: [] };
}

/** Something else than a file of ours, such as a link that leads out of the cache, must not be written through. */
async function clearStranger(path: string): Promise<void> {
  try {
    const { isFile } = await Deno.lstat(path);
    if (!isFile) await removeIfThere(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}
