import { deepEqual, equal, match, throws } from "node:assert/strict";
import { planGroups } from "./run_tests.ts";
import { groupCounts, reportCounts, reportFailures, verdict } from "./test_report.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="1" errors="0" time="0.084">
    <testsuite name="./b_test.ts" tests="1" disabled="0" errors="0" failures="1">
        <testcase name="bad &lt;&amp;&gt;" classname="./b_test.ts" time="0.001" line="1" col="6">
            <failure message="Uncaught Error: x">Error: x</failure>
        </testcase>
    </testsuite>
    <testsuite name="./a_test.ts" tests="5" disabled="2" errors="0" failures="0">
        <testcase name="one &gt; two" classname="./a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="off" classname="./a_test.ts" time="0.000" line="2" col="11">
            <skipped/>
        </testcase>
        <testcase name="steps" classname="./a_test.ts" time="0.002" line="3" col="6">
        </testcase>
        <testcase name="steps &gt; a" classname="./a_test.ts" time="0.000" line="3" col="41">
        </testcase>
        <testcase name="steps &gt; b" classname="./a_test.ts" time="0.000" line="3" col="67">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

const EMPTY =
  `<testsuites name="deno test" tests="0" failures="0" errors="0" time="0"></testsuites>`;

Deno.test("reportCounts counts tests, not their steps, but every ignored step", () => {
  deepEqual(reportCounts(REPORT), { passed: 2, failed: 1, ignored: 2 });
});

Deno.test("reportFailures names what failed, with the beginning of why", () => {
  deepEqual(reportFailures(REPORT), ["./b_test.ts => bad <&>\n    Error: x"]);
  const long = REPORT.replace(">Error: x", `>Error: 1\n\n${"line\n".repeat(99)}`);
  equal(reportFailures(long)[0]?.split("\n").length, 13);
  deepEqual(reportFailures(EMPTY), []);
});

Deno.test("groupCounts makes one failure of a crash, and of a run without tests", () => {
  deepEqual(groupCounts("", 1, false), { passed: 0, failed: 1, ignored: 0 });
  deepEqual(groupCounts("", 1, true), { passed: 0, failed: 1, ignored: 0 });
  deepEqual(groupCounts(EMPTY, 0, false), { passed: 0, failed: 1, ignored: 0 });
  deepEqual(groupCounts(EMPTY, 0, true), { passed: 0, failed: 0, ignored: 0 });
  deepEqual(groupCounts(REPORT, 1, false), { passed: 2, failed: 1, ignored: 2 });
});

Deno.test("verdict fails on a failure, on an ignored test and on nothing at all", () => {
  equal(verdict({ passed: 1, failed: 0, ignored: 0 }).ok, true);
  equal(verdict({ passed: 1, failed: 1, ignored: 0 }).ok, false);
  match(verdict({ passed: 1, failed: 0, ignored: 2 }).complaint ?? "", /2 ignored/);
  match(verdict({ passed: 0, failed: 0, ignored: 0 }).complaint ?? "", /No test/);
});

const names = (...args: string[]): string[] => planGroups(args).map(({ name }) => name);

Deno.test("planGroups runs the checks first, then the groups one after another", () => {
  deepEqual(names("all"), ["format", "lint", "types", "compile", "fast", "system", "e2e"]);
  deepEqual(names("fast"), ["fast"]);
  deepEqual(names("all", "tests/e2e"), ["e2e"]);
  throws(() => names("quick"), /Cannot run "quick"/);
});

Deno.test("planGroups compiles nothing where there is a compiled program to test", () => {
  const groups = planGroups(["all"], true).map(({ name }) => name);
  deepEqual(groups, ["format", "lint", "types", "fast", "system", "e2e"]);
});

Deno.test("planGroups keeps whatever needs a guest or a server out of the fast group", () => {
  const [fast] = planGroups(["fast"]);
  match(fast?.args.join(" ") ?? "", /--ignore=tests\/system,tests\/e2e,tests\/bench/);
});

Deno.test("planGroups sorts files into their groups and passes options on", () => {
  const groups = planGroups([
    "all",
    "--",
    "core/a_test.ts",
    "./tests/e2e/b_test.ts",
    "--filter",
    "x",
  ]);
  deepEqual(groups.map(({ name }) => name), ["fast", "e2e"]);
  deepEqual(groups.map(({ args }) => args.slice(-3)), [
    ["--filter", "x", "core/a_test.ts"],
    ["--filter", "x", "./tests/e2e/b_test.ts"],
  ]);
  equal(groups.every(({ mayBeEmpty }) => mayBeEmpty), true);
});
