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
const NARROW_GUTTER = 1;
/** A column with fewer letters and an ellipsis says nothing any more. */
const LEAST = 6;

/** Fits columns into a line of `room` columns: cuts the widest first, then leaves out those at the end. */
export function fitColumns(columns: readonly FitColumn[], room: number): Fit {
  const wide = shrink(columns, room, GUTTER);
  if (wide) return { widths: wide, gutter: GUTTER };
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
