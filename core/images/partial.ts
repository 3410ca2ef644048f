/**
 * What is kept beside a partial download, so that the next try can go on with it: which file of the server's it is a part
 * of, and, when several connections filled it, which ranges of it are there.
 */
import { readTextIfThere, removeIfThere, statIfThere, writeAtomic } from "../atomic.ts";
import { addRange, countBytes, type Range } from "./download/ranges.ts";

/** Which file of the server's a partial is of. */
export interface Identity {
  /** What `If-Range` sends to get the rest of the same file (RFC 9110, 13.1.5); undefined when the server gave nothing. */
  readonly validator: string | undefined;
  /** Bytes of the whole file, when the server told. */
  readonly total: number | undefined;
}

/** The identity of a partial file; undefined when it can't be continued. */
export async function readIdentity(partial: string): Promise<Identity | undefined> {
  const [validator = "", total = ""] = (await readTextIfThere(validatorPath(partial)) ?? "")
    .split("\n");
  if (validator === "") return undefined;
  return { validator, total: /^\d{1,15}$/.test(total) ? Number(total) : undefined };
}

/** Remembers the identity of the answer that is about to be written. */
export async function writeIdentity(partial: string, identity: Identity): Promise<void> {
  await writeAtomic(
    validatorPath(partial),
    `${identity.validator ?? ""}\n${identity.total ?? ""}\n`,
  );
}

/** The ranges that a partial file has: what its map says, or, without a map, all of it. */
export async function readRanges(partial: string): Promise<readonly Range[]> {
  const size = (await statIfThere(partial))?.size ?? 0;
  const map = await readTextIfThere(mapPath(partial));
  if (map === undefined) return addRange([], { start: 0, end: size });
  const ranges = map.split("\n").map((line) => /^(\d{1,15}) (\d{1,15})$/.exec(line))
    .map((found) => ({ start: Number(found?.[1] ?? 0), end: Number(found?.[2] ?? 0) }));
  // A map is believed no further than the file goes; if it lies within, the digest will tell.
  return ranges.reduce<readonly Range[]>(
    (all, { start, end }) => addRange(all, { start, end: Math.min(end, size) }),
    [],
  );
}

/** True when a partial file has a map, which must be kept then. */
export async function hasMap(partial: string): Promise<boolean> {
  return await statIfThere(mapPath(partial)) !== undefined;
}

/** Bytes of a partial file that are there, without the holes that several connections leave. */
export async function partialBytes(partial: string): Promise<number> {
  return countBytes(await readRanges(partial));
}

/** The map of a partial file that is written at several places. */
export interface RangeMap extends Disposable {
  /** Notes that a range has been written. A line is appended in one call, so a kill leaves a whole map. */
  add(range: Range): void;
}

/** Begins a map with what is there, before anything is written ahead. */
export async function openMap(partial: string, ranges: readonly Range[]): Promise<RangeMap> {
  await writeAtomic(mapPath(partial), ranges.map(mapLine).join(""));
  const file = await Deno.open(mapPath(partial), { append: true });
  const encoder = new TextEncoder();
  return {
    add: (range) => void file.writeSync(encoder.encode(mapLine(range))),
    [Symbol.dispose]: () => file.close(),
  };
}

/** Forgets what is known of a partial: the file is whole, or must come anew. */
export async function forgetIdentity(partial: string): Promise<void> {
  // The validator first: a partial without one is not continued, whatever its map says.
  await removeIfThere(validatorPath(partial));
  await removeIfThere(mapPath(partial));
}

/** Removes a partial file and what is known of it. */
export async function discardPartial(partial: string): Promise<void> {
  await removeIfThere(validatorPath(partial));
  await removeIfThere(partial);
  await forgetIdentity(partial);
}

function mapLine({ start, end }: Range): string {
  return `${start} ${end}\n`;
}

function validatorPath(partial: string): string {
  return `${partial}.validator`;
}

function mapPath(partial: string): string {
  return `${partial}.map`;
}
