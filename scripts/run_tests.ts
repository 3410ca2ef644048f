/**
 * Runs the tests in groups and ends with one line for all of them: `12 passed, 0 failed`.
 *
 *     run_tests.ts all|fast|system|e2e [--] [FILE|FOLDER]... [ARGUMENT OF DENO TEST]...
 *
 * `all` begins with formatting, lint, types and compiling, each of which counts as a test. What needs a machine is
 * then tested with the compiled program; where the runtime to compile on is out of reach, one line says so, and Deno
 * runs the source. CUBIC_TEST_PROGRAM names a program that is there already. An ignored test fails the run: nothing
 * is skipped in silence. So does a group without any test, unless files or a filter chose them. What failed is told
 * once more before the last line.
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
  return [...CHECKS, ...(hasProgram ? [] : [COMPILE]), ...groups];
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

/** How a group ended, and what failed in it, in words. */
type Outcome = readonly [counts: Counts, failures: readonly string[]];

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
    const [code, late] = await runDeno(options, group.limitMinutes);
    if (late) complain(`${group.name}: ended after ${group.limitMinutes} minutes`);
    if (!group.reports) {
      if (group.mayBeEmpty && code === NOTHING_REACHED) return [emptyCounts(), []];
      if (code === 0) return [{ ...emptyCounts(), passed: 1 }, []];
      return [{ ...emptyCounts(), failed: 1 }, [`${group.name} failed`]];
    }
    const xml = await Deno.readTextFile(report);
    const [counts, failures] = [groupCounts(xml, code, group.mayBeEmpty), reportFailures(xml)];
    if (counts.failed === 0 || failures.length > 0) return [counts, failures];
    return [counts, [`${group.name} ended with ${code}, and no test of its report failed`]];
  } finally {
    await Deno.remove(report);
  }
}

/** Runs this very Deno; the exit code, and whether the time limit ended it. */
async function runDeno(
  options: Deno.CommandOptions,
  limitMinutes: number,
): Promise<[code: number, late: boolean]> {
  const child = new Deno.Command(Deno.execPath(), options).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMinutes * 60_000);
  const { code } = await child.status;
  clearTimeout(timer);
  return [code, late];
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
  const failures: string[] = [];
  let program = Deno.env.get("CUBIC_TEST_PROGRAM") || undefined;
  for (const group of planGroups(Deno.args, program !== undefined)) {
    print(`==> ${group.name}: deno ${group.args.join(" ")}`);
    const start = performance.now();
    const [counts, reasons] = await runGroup(group, root, program);
    failures.push(...reasons);
    if (group === COMPILE) program = await compiledProgram(root);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const { passed, failed, ignored } = counts;
    print(
      `==> ${group.name}: ${passed} passed, ${failed} failed, ${ignored} ignored in ${seconds} s`,
    );
    print("");
    total = addCounts(total, counts);
  }
  for (const failure of failures) print(`FAILED ${failure}`);
  const { ok, complaint } = verdict(total);
  if (complaint) complain(complaint);
  print(`${total.passed} passed, ${total.failed} failed`);
  return ok ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
