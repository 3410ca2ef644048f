/**
 * Runs the tests in groups and ends with one line for all of them: `12 passed, 0 failed`.
 *
 *     run_tests.ts all|fast|system|e2e [--] [FILE|FOLDER]... [ARGUMENT OF DENO TEST]...
 *
 * `all` begins with formatting, lint, types and compiling, each of which counts as a test. What needs a machine is
 * then tested with the compiled program; where the runtime to compile on is out of reach, one line says so, and Deno
 * runs the source. CUBIC_TEST_PROGRAM names a program that is there already. An ignored test fails the run: nothing
 * is skipped in silence. So does a group without any test, unless files or a filter chose them.
 *
 * In a run of everything, which takes the better part of an hour, a test that fails is tried once more. What passed the
 * second time only is told as FLAKY, with its reason, and what failed as FAILED, before the last line: neither is lost
 * above a thousand lines, and whoever sees FLAKY has a test or a race to mend.
 */
import { join } from "node:path";
import manifest from "../deno.json" with { type: "json" };
import { NOTHING_REACHED } from "./compile.ts";
import { programName, TARGETS } from "./compile/targets.ts";
import {
  addCounts,
  type Counts,
  emptyCounts,
  groupCounts,
  reportFailures,
  retriedTests,
  verdict,
} from "./test_report.ts";
import { complain, print } from "./terminal.ts";

/** Tests that run together. */
export interface Group {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** A `deno test`, whose report tells how many passed; anything else passes or fails as a whole. */
  readonly reports: boolean;
  /** Files or a filter chose its tests, or nothing could be compiled: none is an answer too. */
  readonly mayBeEmpty: boolean;
  readonly limitMinutes: number;
}

/** The groups that need more than Deno: real tools, a booted guest. */
const SLOW_FOLDERS = { system: "tests/system", e2e: "tests/e2e" } as const;
/** Measures; asserts nothing. */
const BENCH_FOLDER = "tests/bench";

const FAST_OPTIONS = [
  "--parallel",
  `--ignore=${[...Object.values(SLOW_FOLDERS), BENCH_FOLDER].join(",")}`,
];

const LIMIT_MINUTES = { fast: 15, system: 35, e2e: 40 } as const;

const CHECKS: readonly Group[] = [
  check("format", ["fmt", "--check", "--quiet"]),
  check("lint", ["lint", "--quiet"]),
  check("types", ["check", "--quiet"]),
];

const COMPILE: Group = {
  ...check("compile", ["run", "-A", "scripts/compile.ts", "--target", "all", "--reachable"]),
  mayBeEmpty: true,
  limitMinutes: 10,
};

function check(name: string, args: readonly string[]): Group {
  return { name, args, reports: false, mayBeEmpty: false, limitMinutes: 5 };
}

/** What to run for these arguments of this script; `hasProgram` when there is a compiled program already. */
export function planGroups(args: readonly string[], hasProgram = false): Group[] {
  const [which = "all", ...rest] = args;
  const { paths, options } = splitArguments(rest.filter((argument) => argument !== "--"));
  const chosen = paths.length > 0 || options.some((option) => option.startsWith("--filter"));
  const names = which === "all" ? ["fast", "system", "e2e"] as const : [groupName(which)];
  const groups = names
    .map((name) => testGroup(name, paths, options, chosen))
    .filter((group) => group !== undefined);
  if (which !== "all" || rest.length > 0) return groups;
  const patient = groups.map((group) => ({ ...group, args: [...group.args, "--retry=1"] }));
  return [...CHECKS, ...(hasProgram ? [] : [COMPILE]), ...patient];
}

function groupName(word: string): keyof typeof LIMIT_MINUTES {
  if (word === "fast" || word === "system" || word === "e2e") return word;
  throw new Error(`Cannot run "${word}": the groups are all, fast, system and e2e`);
}

/** Options of `deno test` that are followed by their value. */
const OPTIONS_WITH_VALUE = ["--filter", "--shard", "--retry", "--repeats", "--reporter"];

function splitArguments(args: readonly string[]): { paths: string[]; options: string[] } {
  const paths: string[] = [];
  const options: string[] = [];
  args.forEach((argument, index) => {
    const isValue = OPTIONS_WITH_VALUE.includes(args[index - 1] ?? "");
    (argument.startsWith("-") || isValue ? options : paths).push(argument);
  });
  return { paths, options };
}

function testGroup(
  name: keyof typeof LIMIT_MINUTES,
  paths: readonly string[],
  options: readonly string[],
  mayBeEmpty: boolean,
): Group | undefined {
  const own = paths.filter((path) => groupOf(path) === name);
  if (paths.length > 0 && own.length === 0) return undefined;
  const files = own.length > 0 || name === "fast" ? own : [SLOW_FOLDERS[name]];
  const args = ["test", "-A", ...(name === "fast" ? FAST_OPTIONS : []), ...options, ...files];
  return { name, args, reports: true, mayBeEmpty, limitMinutes: LIMIT_MINUTES[name] };
}

function groupOf(path: string): keyof typeof LIMIT_MINUTES {
  const plain = path.replace(/^\.\//, "");
  if (plain.startsWith(SLOW_FOLDERS.system)) return "system";
  return plain.startsWith(SLOW_FOLDERS.e2e) ? "e2e" : "fast";
}

/** How a group ended, and in words what failed in it, and what did so once only. */
interface Outcome {
  readonly counts: Counts;
  readonly failed: readonly string[];
  readonly flaky: readonly string[];
}

/** Runs one group, its output going where ours goes; `program` is the compiled one, if there is one. */
async function runGroup(
  group: Group,
  root: string,
  program: string | undefined,
): Promise<Outcome> {
  const report = await Deno.makeTempFile({ prefix: "cubic-tests-", suffix: ".xml" });
  try {
    const args = group.reports ? [...group.args, `--junit-path=${report}`] : [...group.args];
    const env = program && group.name in SLOW_FOLDERS ? { CUBIC_TEST_PROGRAM: program } : {};
    const options = { args, cwd: root, env, stdin: "null" } as const;
    const { code, late, retried } = await runDeno(options, group.limitMinutes);
    if (late) complain(`${group.name}: ended after ${group.limitMinutes} minutes`);
    if (!group.reports) return checkOutcome(group, code);
    const xml = await Deno.readTextFile(report);
    const counts = groupCounts(xml, code, group.mayBeEmpty);
    const { failed, recovered } = reportFailures(xml);
    const flaky = [...retried.filter((test) => !isAmong(test, failed)), ...recovered];
    if (counts.failed === 0 || failed.length > 0) return { counts, failed, flaky };
    const unexplained = `${group.name} ended with ${code}, and no test of its report failed`;
    return { counts, failed: [unexplained], flaky };
  } finally {
    await Deno.remove(report);
  }
}

/** The outcome of what passes or fails as a whole. */
function checkOutcome({ name, mayBeEmpty }: Group, code: number): Outcome {
  const none = { counts: emptyCounts(), failed: [], flaky: [] };
  if (mayBeEmpty && code === NOTHING_REACHED) return none;
  if (code === 0) return { ...none, counts: { ...none.counts, passed: 1 } };
  return { ...none, counts: { ...none.counts, failed: 1 }, failed: [`${name} ended with ${code}`] };
}

/** Whether a test that was tried again, `name: reason`, is one of those that failed, `file => name`. */
function isAmong(retried: string, failed: readonly string[]): boolean {
  return failed.some((failure) => {
    const name = failure.split("\n")[0]!.replace(/^.*? => /, "");
    return retried.startsWith(`${name}: `);
  });
}

/** How Deno ended. */
interface Ended {
  readonly code: number;
  /** True when the time limit ended it. */
  readonly late: boolean;
  /** The tests that it tried again. */
  readonly retried: readonly string[];
}

/** Runs this very Deno and passes its output on. */
async function runDeno(options: Deno.CommandOptions, limitMinutes: number): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), { ...options, stdout: "piped" }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMinutes * 60_000);
  const [shown, read] = child.stdout.tee();
  const [output, { code }] = await Promise.all([
    new Response(read).text(),
    child.status,
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
  ]);
  clearTimeout(timer);
  return { code, late, retried: retriedTests(output) };
}

/** What the compile script made for this machine, if it could. */
async function compiledProgram(root: string): Promise<string | undefined> {
  const target = TARGETS.find(({ triple }) => triple === Deno.build.target);
  const path = target && join(root, "dist", programName(manifest.version, target));
  const made = path && await Deno.stat(path).then(() => true, () => false);
  print(made ? `Testing with ${path}` : "Testing with Deno and the source: nothing was compiled");
  return made ? path : undefined;
}

async function main(): Promise<number> {
  const root = join(import.meta.dirname ?? ".", "..");
  let total = emptyCounts();
  const trouble: string[] = [];
  let program = Deno.env.get("CUBIC_TEST_PROGRAM") || undefined;
  for (const group of planGroups(Deno.args, program !== undefined)) {
    print(`==> ${group.name}: deno ${group.args.join(" ")}`);
    const start = performance.now();
    const { counts, ...told } = await runGroup(group, root, program);
    trouble.push(...told.flaky.map((test) => `FLAKY ${test}`));
    trouble.push(...told.failed.map((test) => `FAILED ${test}`));
    if (group === COMPILE) program = await compiledProgram(root);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const { passed, failed, ignored } = counts;
    print(
      `==> ${group.name}: ${passed} passed, ${failed} failed, ${ignored} ignored in ${seconds} s`,
    );
    print("");
    total = addCounts(total, counts);
  }
  for (const line of trouble) print(line);
  const { ok, complaint } = verdict(total);
  if (complaint) complain(complaint);
  print(`${total.passed} passed, ${total.failed} failed`);
  return ok ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
