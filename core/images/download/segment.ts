/** Who fetches what. Pure, but for taking from one connection what another one gets. */
import { addRange, gapsOf, type Range } from "./ranges.ts";

/** The bytes that one connection is to bring; another connection may take over its end. */
export interface Segment {
  /** The first byte that its connection was asked for. */
  start: number;
  /** The next byte that is wanted. */
  next: number;
  /** The byte after the last one; Infinity while nobody knows. */
  end: number;
  /** The byte after the last one that its connection was asked for, before others took over the rest. */
  asked: number;
}

/**
 * What the next connection fetches: what is missing and nobody is at, else the second half of the largest segment.
 * Takes it away from its owner; undefined when nothing is left that is worth a connection.
 */
export function takeSegment(
  ranges: readonly Range[],
  total: number,
  active: ReadonlySet<Segment>,
  share: number,
): Segment | undefined {
  const covered = [...active].reduce(addRange, ranges);
  const [gap] = gapsOf(covered, total);
  if (gap) return segmentOf(gap);
  const left = (segment: Segment): number => segment.end - segment.next;
  const [largest] = [...active].sort((a, b) => left(b) - left(a));
  if (!largest || left(largest) < 2 * share) return undefined;
  const middle = largest.end - Math.floor(left(largest) / 2);
  const taken = segmentOf({ start: middle, end: largest.end });
  largest.end = middle;
  return taken;
}

/**
 * Gives a segment of which nothing came back to whom it was taken from: that one's connection brings it anyway, as long
 * as it has not come to an end.
 */
export function giveBack(segment: Segment, active: ReadonlySet<Segment>): void {
  if (segment.next > segment.start) return;
  const owner = [...active].find(({ end, asked }) => end === segment.start && asked >= segment.end);
  if (owner) owner.end = segment.end;
}

/** A segment that nothing has come of. */
export function segmentOf({ start, end }: Range): Segment {
  return { start, next: start, end, asked: end };
}
