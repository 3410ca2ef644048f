/** The ranges of a file that are worth to be copied by a command each. */
import { type Extent, wholeFile } from "./tree.ts";

/** What direct I/O wants offsets and lengths to be a multiple of. */
const ALIGNMENT = 4096;

/**
 * Extents as at most `most` ranges with aligned borders, in order: the smallest holes are copied along. The last
 * range may end after the file does.
 */
export function toRanges(extents: readonly Extent[], most: number): readonly Extent[] {
  const aligned = extents.filter(({ length }) => length > 0).map(align);
  const gaps = aligned.map((extent, index) => ({
    index,
    length: index === 0 ? Infinity : extent.offset - end(aligned[index - 1]!),
  }));
  const kept = new Set(
    gaps.filter(({ length }) => length > 0).toSorted((a, b) => b.length - a.length)
      .slice(0, most).map(({ index }) => index),
  );
  const ranges: Extent[] = [];
  for (const [index, extent] of aligned.entries()) {
    const last = ranges.at(-1);
    if (last === undefined || kept.has(index)) ranges.push(extent);
    else ranges[ranges.length - 1] = { offset: last.offset, length: end(extent) - last.offset };
  }
  return ranges;
}

/**
 * Reads what the guest says of where a file has data: lines of an offset and a length, and a last one that is "all". The
 * whole file unless they are in order and inside of it.
 */
export function parseExtents(lines: readonly string[], size: number): readonly Extent[] {
  if (lines.at(-1) !== "all") return wholeFile(size);
  const extents: Extent[] = [];
  for (const line of lines.slice(0, -1)) {
    const [, offset, length] = line.match(/^(\d{1,16}) (\d{1,16})$/) ?? [];
    const extent = { offset: Number(offset ?? NaN), length: Number(length ?? NaN) };
    const before = extents.length === 0 ? 0 : end(extents.at(-1)!);
    // NaN is not at least anything.
    if (!(extent.offset >= before) || !(end(extent) <= size)) return wholeFile(size);
    extents.push(extent);
  }
  return extents;
}

function align({ offset, length }: Extent): Extent {
  const start = Math.floor(offset / ALIGNMENT) * ALIGNMENT;
  return { offset: start, length: Math.ceil((offset + length) / ALIGNMENT) * ALIGNMENT - start };
}

function end({ offset, length }: Extent): number {
  return offset + length;
}
