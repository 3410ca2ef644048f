/**
 * Runs the tests in groups and ends with one line for all of them: `12 passed, 0 failed`.
 *
 *     run_tests.ts all|fast|system|e2e [--] [FILE|FOLDER]... [ARGUMENT OF DENO TEST]...
 *
 * `all` begins with formatting, lint and types, each of which counts as a test. An ignored test fails the
 * run: nothing is skipped in silence. So does a group without any test, unless files or a filter chose them.
 */
import { join } from "node:path";
import { addCounts, type Counts, emptyCounts, groupCounts, verdict } from "./test_counts.ts";
import { complain, print } from "./terminal.ts";

/** Tests that run together. */
export interface Group {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** A `deno test`, whose report tells how many passed; anything else passes or fails as a whole. */
  readonly reports: boolean;
  /** Files or a filter chose its tests: none is an answer too. */
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

function check(name: string, args: readonly string[]): Group {
  return { name, args, reports: false, mayBeEmpty: false, limitMinutes: 5 };
}

/** What to run for these arguments of this script. */
export function planGroups(args: readonly string[]): Group[] {
  const [which = "all", ...rest] = args;
  const { paths, options } = splitArguments(rest.filter((argument) => argument !== "--"));
  const chosen = paths.length > 0 || options.some((option) => option.startsWith("--filter"));
  const names = which === "all" ? ["fast", "system", "e2e"] as const : [groupName(which)];
  const groups = names
    .map((name) => testGroup(name, paths, options, chosen))
    .filter((group) => group !== undefined);
  return which === "all" && rest.length === 0 ? [...CHECKS, ...groups] : groups;
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

/** Runs one group, its output going where ours goes. */
async function runGroup(group: Group, root: string): Promise<Counts> {
  const report = await Deno.makeTempFile({ prefix: "cubic-tests-", suffix: ".xml" });
  try {
    const args = group.reports ? [...group.args, `--junit-path=${report}`] : [...group.args];
    const [code, late] = await runDeno(args, root, group.limitMinutes);
    if (late) complain(`${group.name}: ended after ${group.limitMinutes} minutes`);
    if (!group.reports) {
      return { ...emptyCounts(), ...(code === 0 ? { passed: 1 } : { failed: 1 }) };
    }
    return groupCounts(await Deno.readTextFile(report), code, group.mayBeEmpty);
  } finally {
    await Deno.remove(report);
  }
}

/** Runs this very Deno; the exit code, and whether the time limit ended it. */
async function runDeno(
  args: string[],
  cwd: string,
  limitMinutes: number,
): Promise<[code: number, late: boolean]> {
  const child = new Deno.Command(Deno.execPath(), { args, cwd, stdin: "null" }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMinutes * 60_000);
  const { code } = await child.status;
  clearTimeout(timer);
  return [code, late];
}

async function main(): Promise<number> {
  const root = join(import.meta.dirname ?? ".", "..");
  let total = emptyCounts();
  for (const group of planGroups(Deno.args)) {
    print(`==> ${group.name}: deno ${group.args.join(" ")}`);
    const start = performance.now();
    const counts = await runGroup(group, root);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const { passed, failed, ignored } = counts;
    print(
      `==> ${group.name}: ${passed} passed, ${failed} failed, ${ignored} ignored in ${seconds} s`,
    );
    print("");
    total = addCounts(total, counts);
  }
  const { ok, complaint } = verdict(total);
  if (complaint) complain(complaint);
  print(`${total.passed} passed, ${total.failed} failed`);
  return ok ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
