/** Tables and lists of facts. Pure: rows in, text out. */
import { type FitColumn, fitColumns } from "./fit.ts";
import { clip, printable, printableLine, textWidth } from "./text.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand better on the right. */
  readonly align?: "left" | "right";
  /** Never cut, as names are not: who can't read one whole can't type it. The first column is one of these. */
  readonly whole?: boolean;
}

/**
 * The rows under their titles, each column as wide as its widest cell. When that is wider than `width` columns of a
 * terminal, the widest columns are cut with an ellipsis, and those on the right that still don't fit are left out.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(printableLine))];
  const wanted = columns.map(({ whole }, index): FitColumn => ({
    width: Math.max(...cells.map((row) => textWidth(row[index] ?? ""))),
    whole: whole ?? index === 0,
  }));
  const { widths, gutter } = fitColumns(wanted, width);
  return cells.map((row) =>
    widths.map((width, index) => {
      const cell = clip(row[index] ?? "", width);
      const padding = " ".repeat(width - textWidth(cell));
      return columns[index]?.align === "right" ? padding + cell : cell + padding;
    }).join(" ".repeat(gutter)).trimEnd()
  ).join("\n");
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
