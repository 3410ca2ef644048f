/** Tables and lists of facts. Pure: rows in, text out. */
import { type FitColumn, fitColumns, fitsWhole } from "./fit.ts";
import { clip, printable, printableLine, textWidth } from "./text.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand better on the right. */
  readonly align?: "left" | "right";
  /** Never cut, as names are not: who can't read one whole can't type it. The first column is one of these, and so are
   * numbers. */
  readonly whole?: boolean;
}

/**
 * The rows under their titles, each column as wide as its widest cell. When that is wider than `width` columns of a
 * terminal, columns without a value are left out, the widest are cut with an ellipsis, and those on the right that
 * still don't fit are left out, too.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string {
  const all = columns.map((
    column,
    index,
  ): Cells => [column, rows.map((row) => printableLine(row[index] ?? ""))]);
  const shown = fitsWhole(all.map(wanted), width)
    ? all
    : all.filter((cells, index) => index === 0 || hasValue(cells));
  const { widths, gutter } = fitColumns(shown.map(wanted), width);
  const line = (cellOf: (cells: Cells) => string): string =>
    widths.map((width, index) => {
      const cells = shown[index];
      return cells === undefined ? "" : pad(clip(cellOf(cells), width), width, cells[0]);
    }).join(" ".repeat(gutter)).trimEnd();
  return [
    line(([{ title }]) => title),
    ...rows.map((_, at) => line(([, values]) => values[at] ?? "")),
  ].join("\n");
}

/** A column and what stands below its title. */
type Cells = readonly [Column, readonly string[]];

function wanted([{ title, whole, align }, values]: Cells, index: number): FitColumn {
  return {
    width: Math.max(...[title, ...values].map(textWidth)),
    // Half a number is another number.
    whole: whole ?? (index === 0 || align === "right"),
  };
}

function hasValue([, values]: Cells): boolean {
  return values.length === 0 || values.some((value) => value !== "");
}

function pad(cell: string, width: number, { align }: Column): string {
  const padding = " ".repeat(width - textWidth(cell));
  return align === "right" ? padding + cell : cell + padding;
}

/** Names and values, one pair a line; further lines of a value stand under its first. */
export function renderFacts(facts: readonly (readonly [string, string | undefined])[]): string {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(0, ...known.map(([name]) => name.length)) + 1;
  return known.map(([name, value]) => {
    const lines = value.split("\n").map(printable);
    return `${`${name}:`.padEnd(width)}  ${lines.join("\n" + " ".repeat(width + 2))}`;
  }).join("\n");
}
