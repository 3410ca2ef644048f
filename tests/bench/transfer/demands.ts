/** What issue 4 demands of transfer, and how a run of the bench compares with it. */
import type { Way } from "./contenders.ts";
import { align, type CaseReport, findLine, median, peakMemory, ratio } from "./table.ts";

/** One figure that has to stay below a limit. */
export interface Demand {
  /** Its number under "What it must show" in the issue. */
  readonly number: number;
  readonly what: string;
  /** The report that has its figure; undefined for all of them. */
  readonly report?: string;
  readonly limit: number;
  /** Follows the figures: a unit, or nothing for a ratio. */
  readonly unit: string;
  /** Undefined when there is no such report. */
  readonly measure: (reports: readonly CaseReport[]) => number | undefined;
}

/** A demand after a run. */
export interface Verdict {
  readonly demand: Demand;
  readonly measured: number | undefined;
  /** "failed": its case was run and ended with an error. */
  readonly verdict: "held" | "missed" | "failed" | "left out";
}

const WAYS = ["up", "down"] as const;

/** All of them, in the issue's order. */
export const DEMANDS: readonly Demand[] = [
  ...bothWays((way) => byPeer(1, "file", way, "cubic scp", "scp", 1.0)),
  ...bothWays((way) => byPeer(1, "file", way, "cubic scp", "scp", 0.7, "goal")),
  ...bothWays((way) => byPeer(2, "guest", way, "cubic scp", "scp", 1.0)),
  ...bothWays((way) => byPeer(2, "guest", way, "cubic block", "scp", 0.3)),
  ...bothWays((way) => byPeer(3, "tree", way, "cubic scp -r", "tar over ssh", 1.2)),
  ...bothWays((way) => byPeer(3, "tree", way, "cubic scp -r", "scp -r", 1 / 5, "5 x faster")),
  ...bothWays((way) => arrives(4, "sparse", way, "cubic stream", 10)),
  ...bothWays((way) => arrives(4, "guest sparse", way, "cubic block", 10)),
  { number: 5, what: "memory of cubic, any case", limit: 200, unit: "MB", measure: mostMemory },
  ...bothWays((way) => byPeer(6, "file", way, "cubic sftp", "sftp", 1.1)),
];

function bothWays(demand: (way: Way) => Demand): Demand[] {
  return WAYS.map(demand);
}

/** Our time by a peer's. */
function byPeer(
  number: number,
  name: string,
  way: Way,
  ours: string,
  peer: string,
  limit: number,
  note?: string,
): Demand {
  return {
    number,
    what: `${name} ${way}: ${ours} by ${peer}${note === undefined ? "" : ` (${note})`}`,
    ...{ report: name, limit, unit: "" },
    measure: (reports) => {
      const report = reports.find((one) => one.name === name);
      const mine = report && findLine(report, ours, way);
      const other = report && findLine(report, peer, way);
      return mine && other && ratio(mine, other);
    },
  };
}

/** "In seconds": the issue names no number. That it is equal and sparse is checked after each copy, or the case fails. */
function arrives(number: number, name: string, way: Way, ours: string, limit: number): Demand {
  return {
    number,
    what: `${name} ${way}: ${ours} arrives equal and sparse`,
    ...{ report: name, limit, unit: "s" },
    measure: (reports) => {
      const report = reports.find((one) => one.name === name);
      const mine = report && findLine(report, ours, way);
      return mine && median(mine.costs.map(({ seconds }) => seconds));
    },
  };
}

function mostMemory(reports: readonly CaseReport[]): number | undefined {
  const ours = reports.flatMap(({ lines }) => lines).filter((line) => line.ours);
  return ours.length === 0 ? undefined : Math.max(...ours.map(peakMemory)) / 1e6;
}

/** Holds a run against all demands; `failed` are the cases that ended with an error. */
export function judge(reports: readonly CaseReport[], failed: readonly string[]): Verdict[] {
  return DEMANDS.map((demand) => {
    const measured = demand.measure(reports);
    if (measured !== undefined) {
      return { demand, measured, verdict: measured <= demand.limit ? "held" : "missed" };
    }
    const ran = failed.some((name) => demand.report?.split(" ")[0] === name);
    return { demand, measured, verdict: ran ? "failed" : "left out" };
  });
}

/** A row for each demand: the verdict, its number in the issue, what it is, the figure and its limit. */
export function summaryText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ demand: { number, what, limit, unit }, measured, verdict }) => {
    const show = (figure: number): string =>
      `${figure.toFixed(unit === "MB" ? 0 : 2)} ${unit}`.trim();
    const figure = measured === undefined ? "" : show(measured);
    return [verdict, `${number}  ${what}`, figure, show(limit)];
  });
  return align([["", "what issue 4 demands", "measured", "limit"], ...rows]);
}
