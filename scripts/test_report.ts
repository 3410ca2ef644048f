/** Reads the JUnit reports of `deno test`: how many tests ended how, and which failed. */

/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** No test at all. */
export function emptyCounts(): Counts {
  return { passed: 0, failed: 0, ignored: 0 };
}

/** The sum of two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    ignored: a.ignored + b.ignored,
  };
}

/**
 * What a `deno test` run amounts to. A run that failed without a failed test in its report (a crash, a
 * type error, an error outside of any test) is one failure, and so is a run without tests.
 */
export function groupCounts(report: string, exitCode: number, mayBeEmpty: boolean): Counts {
  const counts = reportCounts(report);
  const empty = counts.passed + counts.failed + counts.ignored === 0;
  const unexplained = exitCode !== 0 && counts.failed === 0;
  if (empty && mayBeEmpty && /<testsuites/.test(report)) return counts;
  return unexplained || empty ? { ...counts, failed: counts.failed + 1 } : counts;
}

/**
 * The counts in a JUnit report. Steps are not counted beside their test, as in Deno's own summary, but a
 * step that is ignored is.
 */
export function reportCounts(report: string): Counts {
  let counts = emptyCounts();
  for (const { isStep, outcome } of reportCases(report)) {
    if (outcome.includes("<skipped")) counts = { ...counts, ignored: counts.ignored + 1 };
    else if (isStep) continue;
    else if (isFailure(outcome)) counts = { ...counts, failed: counts.failed + 1 };
    else counts = { ...counts, passed: counts.passed + 1 };
  }
  return counts;
}

/** Lines of a failure that are repeated at the end: the message and what differed; the rest is where it happened. */
const LINES_OF_FAILURE = 12;

/**
 * What failed in a JUnit report, steps included, with the beginning of its message. A log may be cut at its start,
 * and this is what its reader came for.
 */
export function reportFailures(report: string): string[] {
  return reportCases(report).filter(({ outcome }) => isFailure(outcome)).map((test) => {
    const message = plain(/<(?:failure|error)\b[^>]*>(.*?)<\//s.exec(test.outcome)?.[1] ?? "");
    const lines = message.split("\n").filter((line) => line.trim()).slice(0, LINES_OF_FAILURE);
    return [`${test.file} => ${plain(test.name)}`, ...lines.map((line) => `    ${line}`)].join(
      "\n",
    );
  });
}

interface Case {
  readonly file: string;
  readonly name: string;
  readonly isStep: boolean;
  /** The elements in it: none for a test that passed. */
  readonly outcome: string;
}

function reportCases(report: string): Case[] {
  return report.split("<testsuite ").slice(1).flatMap((suite) => {
    const file = /^[^>]*?\bname="([^"]*)"/.exec(suite)?.[1] ?? "";
    const cases = [...suite.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs)];
    const names = new Set(cases.map(([, name]) => name));
    return cases.map(([, name = "", outcome = ""]) => {
      const isStep = names.has(name.slice(0, Math.max(0, name.lastIndexOf(" &gt; "))));
      return { file: plain(file), name, isStep, outcome };
    });
  });
}

function isFailure(outcome: string): boolean {
  return /<(failure|error)\b/.test(outcome);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&#39;": "'",
  "&amp;": "&",
};

function plain(xml: string): string {
  return xml.replace(/&(?:lt|gt|quot|apos|amp|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Whether the whole run is good, and if not by its numbers alone, why. */
export function verdict(total: Counts): { readonly ok: boolean; readonly complaint?: string } {
  if (total.ignored > 0) {
    return { ok: false, complaint: `${total.ignored} ignored: a test runs or it is deleted.` };
  }
  if (total.passed + total.failed === 0) return { ok: false, complaint: "No test was run." };
  return { ok: total.failed === 0 };
}
