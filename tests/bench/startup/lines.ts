/** The command lines whose start is measured, and their figures as a table. */
import { align, median } from "../transfer/table.ts";

/** One of them. */
export interface StartLine {
  readonly name: string;
  /** What follows `cubic`; undefined for the program that does nothing. */
  readonly words: readonly string[] | undefined;
  /** The home that it runs in. */
  readonly home: "none" | "ten";
}

/** What it takes. */
export interface Figure {
  readonly line: StartLine;
  /** The median of each round; the same round of another line was right before or after. */
  readonly milliseconds: readonly number[];
  /** The most of any run, in bytes. */
  readonly memory: number;
}

/** The program that all others are held against. */
export const EMPTY = "empty program";

/** All of them. */
export const LINES: readonly StartLine[] = [
  { name: EMPTY, words: undefined, home: "none" },
  { name: "--version", words: ["--version"], home: "none" },
  { name: "--help", words: ["--help"], home: "none" },
  { name: "instances, none", words: ["instances"], home: "none" },
  { name: "instances, 10", words: ["instances"], home: "ten" },
  { name: "instances --json, 10", words: ["instances", "--json"], home: "ten" },
  { name: "completing a name", words: ["complete", "--word=v", "--", "start"], home: "ten" },
];

/** The figure of that line; undefined when it was not measured. */
function findFigure(figures: readonly Figure[], name: string): Figure | undefined {
  return figures.find(({ line }) => line.name === name);
}

/** The median over the rounds of one line's time by another's in the same round; NaN without both. */
export function ratio(figures: readonly Figure[], name: string, other: string): number {
  return overRounds(figures, name, other, (mine, its) => mine / its);
}

/** The median over the rounds of how many milliseconds more one line takes than another; NaN without both. */
export function difference(figures: readonly Figure[], name: string, other: string): number {
  return overRounds(figures, name, other, (mine, its) => mine - its);
}

function overRounds(
  figures: readonly Figure[],
  name: string,
  other: string,
  compare: (mine: number, its: number) => number,
): number {
  const [mine, its] = [findFigure(figures, name), findFigure(figures, other)];
  if (!mine || !its) return NaN;
  return median(
    mine.milliseconds.map((time, round) => compare(time, its.milliseconds[round] ?? NaN)),
  );
}

/** A row for each line: its median, that by the empty program's, and its memory. */
export function tableText(figures: readonly Figure[]): string {
  const rows = figures.map(({ line, milliseconds, memory }) => [
    line.name,
    "",
    median(milliseconds).toFixed(0),
    ratio(figures, line.name, EMPTY).toFixed(1),
    `${(memory / 1e6).toFixed(0)} MB`,
  ]);
  return align([["", "", "ms", "by empty", "memory"], ...rows]);
}
