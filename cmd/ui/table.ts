/** Tables and lists of facts. Pure: rows in, text out. */
import { printable, printableLine, textWidth } from "./text.ts";

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand better on the right. */
  readonly align?: "left" | "right";
}

const GUTTER = "   ";

/** The rows under their titles, each column as wide as its widest cell. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(printableLine))];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((row) => textWidth(row[index] ?? "")))
  );
  return cells.map((row) =>
    columns.map(({ align }, index) => {
      const cell = row[index] ?? "";
      const padding = " ".repeat((widths[index] ?? 0) - textWidth(cell));
      return align === "right" ? padding + cell : cell + padding;
    }).join(GUTTER).trimEnd()
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
