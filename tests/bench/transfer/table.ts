/** The figures of one case as a table. */
import type { Way } from "./contenders.ts";
import type { Cost } from "./measure.ts";

/** All runs of one program, one way. */
export interface Line {
  readonly name: string;
  readonly way: Way;
  readonly ours: boolean;
  /** One for each round; the same round of another line was run right before or after. */
  readonly costs: readonly Cost[];
  /** Of one run; NaN when they were not counted. */
  readonly syscalls: number;
}

/** What came of one case. */
export interface CaseReport {
  readonly name: string;
  readonly title: string;
  /** How much was copied and in what unit a second of it is told; left out where that says nothing. */
  readonly rate?: { readonly amount: number; readonly unit: string };
  readonly lines: readonly Line[];
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** The median over the rounds of one line's seconds by another's in the same round. */
export function ratio(mine: Line, other: Line): number {
  return median(
    mine.costs.map(({ seconds }, round) => seconds / (other.costs[round]?.seconds ?? NaN)),
  );
}

/** The line of that program and way. */
export function findLine(report: CaseReport, name: string, way: Way): Line | undefined {
  return report.lines.find((line) => line.name === name && line.way === way);
}

/** The most memory that a line's program had in any round, in bytes. */
export function peakMemory({ costs }: Line): number {
  return Math.max(...costs.map(({ memory }) => memory));
}

/** A row for each line; at its end each of our programs' time by the time of the row's. */
export function tableText(report: CaseReport): string {
  const { title, rate, lines } = report;
  const ours = [...new Set(lines.filter((line) => line.ours).map(({ name }) => name))];
  const head = ["", "", "seconds", rate?.unit ?? "", "CPU s", "memory", "syscalls"];
  const rows = lines.map((line) => {
    const seconds = median(line.costs.map((cost) => cost.seconds));
    return [
      line.way,
      line.name,
      seconds.toFixed(2),
      rate ? short(rate.amount / seconds, 10, 0) : "",
      median(line.costs.map(({ cpu }) => cpu)).toFixed(2),
      `${(peakMemory(line) / 1e6).toFixed(0)} MB`,
      Number.isNaN(line.syscalls) ? "" : String(line.syscalls),
      ...ours.map((name) => {
        const mine = findLine(report, name, line.way);
        return mine ? short(ratio(mine, line), 0.1, 2) : "";
      }),
    ];
  });
  return `${title}\n${align([[...head, ...ours.map((name) => `${name} by it`)], ...rows])}`;
}

/** With that many digits after the point, and one more below a bound where they would say too little. */
function short(figure: number, bound: number, digits: number): string {
  return figure.toFixed(figure < bound ? digits + 1 : digits);
}

/** Columns as wide as their widest cell, the first two to the left; a column without any text is left out. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
      )
      .filter((_, column) => widths[column]! > 0)
      .join("  ")
      .trimEnd() + "\n"
  ).join("");
}
