/** Which bytes of a file are there, as sorted ranges that do not touch. Pure. */

/** The bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The ranges with one more; an empty one changes nothing. */
export function addRange(ranges: readonly Range[], { start, end }: Range): readonly Range[] {
  if (end <= start) return ranges;
  const before = ranges.filter((range) => range.end < start);
  const after = ranges.filter((range) => range.start > end);
  const touched = ranges.filter((range) => range.end >= start && range.start <= end);
  const joined = {
    start: Math.min(start, ...touched.map((range) => range.start)),
    end: Math.max(end, ...touched.map((range) => range.end)),
  };
  return [...before, joined, ...after];
}

/** What is missing up to `total`. */
export function gapsOf(ranges: readonly Range[], total: number): readonly Range[] {
  const starts = [0, ...ranges.map(({ end }) => end)];
  const ends = [...ranges.map(({ start }) => start), total];
  return starts.map((start, index) => ({ start, end: Math.min(ends[index] ?? total, total) }))
    .filter(({ start, end }) => start < end);
}

/** Up to where there is no hole. */
export function frontierOf(ranges: readonly Range[]): number {
  return ranges[0]?.start === 0 ? ranges[0].end : 0;
}

/** How many bytes are there. */
export function countBytes(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
