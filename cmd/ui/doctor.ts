/** What `cubic doctor` found, as people see it. Pure. */
import type { Finding, Level } from "../../core/doctor/finding.ts";
import { printable, type Style } from "./text.ts";
import { wrapText } from "./wrap.ts";

/** What came of a check-up. */
export interface Checkup {
  readonly findings: readonly Finding[];
  /** What was mended before. */
  readonly fixed: readonly string[];
}

type Paint = (text: string, style: Style) => string;

/** From the best to the worst: what matters stands at the end, where the prompt is. */
const LEVELS: readonly Level[] = ["ok", "note", "warning", "problem"];

const MARKS: Readonly<Record<Level, readonly [string, Style]>> = {
  ok: ["ok", "green"],
  note: ["note", "cyan"],
  warning: ["warn", "yellow"],
  problem: ["fail", "red"],
};

/** The mark, its brackets, and two blanks. */
const INDENT = " ".repeat(8);

/** Everything: what was mended, what is well, what is not, and how much of that there is. */
export function renderCheckup(checkup: Checkup, width: number, paint: Paint): string {
  const findings = LEVELS.flatMap((level) =>
    checkup.findings.filter((finding) => finding.level === level)
  );
  return [
    ...checkup.fixed.map((text) => entry("fixed", "green", text, width, paint)),
    ...findings.map((finding) => renderFinding(finding, width, paint)),
    "",
    sumUp(checkup),
  ].join("\n");
}

/** What was mended, and what is not well. */
export function renderTroubles(checkup: Checkup, width: number, paint: Paint): string[] {
  const { findings, fixed } = checkup;
  const lines = renderCheckup(
    { fixed, findings: findings.filter(({ level }) => level !== "ok") },
    width,
    paint,
  );
  // Without the line that sums up.
  return lines.split("\n").slice(0, -2);
}

function renderFinding(
  { check, level, text, remedy }: Finding,
  width: number,
  paint: Paint,
): string {
  const [mark, style] = MARKS[level];
  const line = entry(mark, style, `${check}: ${text}`, width, paint);
  return remedy === undefined ? line : `${line}\n${INDENT}${indented(`-> ${remedy}`, width)}`;
}

function entry(mark: string, style: Style, text: string, width: number, paint: Paint): string {
  return `[${paint(mark.padStart(4), style)}] ${mark.length > 4 ? "" : " "}${
    indented(text, width)
  }`;
}

function indented(text: string, width: number): string {
  return wrapText(printable(text), width - INDENT.length).replaceAll("\n", `\n${INDENT}`);
}

function sumUp({ findings, fixed }: Checkup): string {
  const count = (level: Level): number =>
    findings.filter((finding) => finding.level === level).length;
  const words = (["problem", "warning", "note"] as const).flatMap((level) => {
    const found = count(level);
    return found === 0 ? [] : [`${found} ${level}${found === 1 ? "" : "s"}`];
  });
  const mended = fixed.length === 0 ? [] : [`${fixed.length} mended`];
  return words.length === 0 && fixed.length === 0
    ? "All is well."
    : `${[...mended, ...words.length === 0 ? ["all is well now"] : words].join(", ")}.`;
}
