/** How wide the columns of a table may be on a terminal. Pure. */

/** What a column would take. */
export interface FitColumn {
  /** Columns of the terminal that its widest cell takes. */
  readonly width: number;
  /** True when it is never made narrower. */
  readonly whole: boolean;
}

/** What the columns get. */
export interface Fit {
  /** A width for each column; those that are left out, at the end, have none. */
  readonly widths: readonly number[];
  /** Blanks between two columns. */
  readonly gutter: number;
}

const GUTTER = 3;
/** When something has to give, blanks are what is missed least. */
const CLOSE_GUTTER = 2;
const NARROW_GUTTER = 1;
/** A column with fewer letters and an ellipsis says nothing any more. */
const LEAST = 6;

/** True when all columns fit as they are. */
export function fitsWhole(columns: readonly FitColumn[], room: number, gutter = GUTTER): boolean {
  return sum(columns.map(({ width }) => width)) + gutter * (columns.length - 1) <= room;
}

/**
 * Fits columns into a line of `room` columns: moves them together, cuts the widest, then leaves out those at the
 * end.
 */
export function fitColumns(columns: readonly FitColumn[], room: number): Fit {
  if (fitsWhole(columns, room)) {
    return { widths: columns.map(({ width }) => width), gutter: GUTTER };
  }
  const close = shrink(columns, room, CLOSE_GUTTER);
  if (close) return { widths: close, gutter: CLOSE_GUTTER };
  for (let count = columns.length; count > 1; count--) {
    const widths = shrink(columns.slice(0, count), room, NARROW_GUTTER);
    if (widths) return { widths, gutter: NARROW_GUTTER };
  }
  return { widths: columns.slice(0, 1).map(({ width }) => width), gutter: NARROW_GUTTER };
}

/** The widths at which the columns fit; undefined when there are none. */
function shrink(
  columns: readonly FitColumn[],
  room: number,
  gutter: number,
): readonly number[] | undefined {
  // More than the line has room for is never left, and one by one takes longer.
  const widths = columns.map(({ width, whole }) => whole ? width : Math.min(width, room));
  for (let excess = sum(widths) + gutter * (columns.length - 1) - room; excess > 0; excess--) {
    const widest = widestOf(columns, widths);
    if (widest === undefined) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** The index of the widest column that may still be cut. */
function widestOf(columns: readonly FitColumn[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  for (const [index, width] of widths.entries()) {
    if (columns[index]?.whole || width <= LEAST) continue;
    if (widest === undefined || width > (widths[widest] ?? 0)) widest = index;
  }
  return widest;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
