/** Counts test results from the JUnit reports of `deno test`. */

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
  for (const suite of report.split("<testsuite ").slice(1)) {
    const cases = [...suite.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs)];
    const names = new Set(cases.map(([, name]) => name));
    for (const [, name = "", outcome = ""] of cases) {
      const isStep = names.has(name.slice(0, Math.max(0, name.lastIndexOf(" &gt; "))));
      if (outcome.includes("<skipped")) counts = { ...counts, ignored: counts.ignored + 1 };
      else if (isStep) continue;
      else if (/<(failure|error)\b/.test(outcome)) {
        counts = { ...counts, failed: counts.failed + 1 };
      } else counts = { ...counts, passed: counts.passed + 1 };
    }
  }
  return counts;
}

/** Whether the whole run is good, and if not by its numbers alone, why. */
export function verdict(total: Counts): { readonly ok: boolean; readonly complaint?: string } {
  if (total.ignored > 0) {
    return { ok: false, complaint: `${total.ignored} ignored: a test runs or it is deleted.` };
  }
  if (total.passed + total.failed === 0) return { ok: false, complaint: "No test was run." };
  return { ok: total.failed === 0 };
}
