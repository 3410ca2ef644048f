/** What the issues demand of the start, and how a run compares with it. */
import { align } from "../transfer/table.ts";
import { difference, EMPTY, type Figure, ratio } from "./lines.ts";

/** One figure that has to stay below a limit. */
export interface Demand {
  readonly issue: number;
  readonly what: string;
  readonly limit: number;
  readonly unit: "" | "ms";
  /** NaN when something that it needs was not measured. */
  readonly measure: (figures: readonly Figure[]) => number;
}

/** A demand after a run. */
export interface Verdict {
  readonly demand: Demand;
  readonly measured: number;
  readonly verdict: "held" | "missed" | "left out";
}

/** What a start is to a completion, is one that reads its line: `--version` alone does without the parser. */
const DEMANDS: readonly Demand[] = [
  byEmpty("--version", 2),
  byEmpty("instances, 10", 8),
  byEmpty("instances, 10", 4, " (goal)"),
  {
    issue: 5,
    what: "completing a name, over --help",
    limit: 50,
    unit: "ms",
    measure: (figures) => difference(figures, "completing a name", "--help"),
  },
];

function byEmpty(name: string, limit: number, note = ""): Demand {
  return {
    issue: 6,
    what: `${name}, by the empty program${note}`,
    limit,
    unit: "",
    measure: (figures) => ratio(figures, name, EMPTY),
  };
}

/** Holds a run against all demands. */
export function judge(figures: readonly Figure[]): Verdict[] {
  return DEMANDS.map((demand) => {
    const measured = demand.measure(figures);
    if (Number.isNaN(measured)) return { demand, measured, verdict: "left out" };
    return { demand, measured, verdict: measured <= demand.limit ? "held" : "missed" };
  });
}

/** A row for each demand: the verdict, its issue, what it is, the figure and its limit. */
export function summaryText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ demand: { issue, what, limit, unit }, measured, verdict }) => {
    const show = (figure: number): string =>
      `${figure.toFixed(unit === "ms" ? 0 : 1)} ${unit}`.trim();
    return [
      verdict,
      `${issue}  ${what}`,
      Number.isNaN(measured) ? "" : show(measured),
      show(limit),
    ];
  });
  return align([["", "issue", "measured", "limit"], ...rows]);
}
