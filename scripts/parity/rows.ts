/** The rows of docs/parity.toml, what can be wrong with them, and the page they make. Pure. */
import { parse } from "smol-toml";
import * as v from "valibot";

const Row = v.strictObject({
  /** The heading the row stands under. */
  area: v.string(),
  /** What upstream has: a command, a flag, a behaviour, or a fault of its list 7.1. */
  upstream: v.pipe(v.string(), v.minLength(1)),
  /** What ours is, where that is not the same. */
  ours: v.optional(v.string()),
  /** The tests that prove it, as `path/of/file_test.ts: name of the test`. */
  tests: v.optional(v.array(v.string()), []),
  /** Why ours is deliberately different, or has no such thing. */
  different: v.optional(v.string()),
  /** The issue of its own that it waits for. */
  open: v.optional(v.string()),
});

/** One thing that upstream does. */
export type ParityRow = Readonly<v.InferOutput<typeof Row>>;

/** Whether a name is that of a test; several when the test's name is a template. */
export type TestName = (name: string) => boolean;

/** The tests of each file. */
export type KnownTests = ReadonlyMap<string, readonly TestName[]>;

/**
 * Reads the data file.
 * @throws Error naming the row that can't be read.
 */
export function readRows(text: string): ParityRow[] {
  const { row } = v.parse(v.object({ row: v.array(v.unknown()) }), parse(text));
  return row.map((one, index) => {
    const read = v.safeParse(Row, one);
    if (read.success) return read.output;
    const [issue] = read.issues;
    throw new Error(`row ${index + 1}: ${v.getDotPath(issue) ?? "row"}: ${issue.message}`);
  });
}

/** A sentence for each row that proves nothing, and for each test that does not exist. */
export function parityFaults(rows: readonly ParityRow[], known: KnownTests): string[] {
  return rows.flatMap((row) => {
    const missing = row.tests.filter((test) => !exists(test, known));
    const faults = missing.map((test) => `${row.upstream}: there is no test "${test}"`);
    const answered = row.tests.length > 0 || row.different !== undefined || row.open !== undefined;
    return answered ? faults : [...faults, `${row.upstream}: it names no test and no reason`];
  });
}

function exists(test: string, known: KnownTests): boolean {
  const [, file = "", name = ""] = /^(\S+_test\.ts): (.+)$/.exec(test) ?? [];
  return known.get(file)?.some((isName) => isName(name)) ?? false;
}

/** The page, one table for each area. */
export function parityPage(rows: readonly ParityRow[]): string {
  const areas = [...new Set(rows.map(({ area }) => area))];
  const open = rows.filter((row) => row.open !== undefined).length;
  const different = rows.filter((row) => row.different !== undefined).length;
  const intro = [
    "# Parity with upstream's cubic",
    "",
    "<!-- Made by scripts/parity.ts from docs/parity.toml. -->",
    "",
    `${rows.length} rows: ${open} wait for issues of their own, ${different} are deliberately ` +
    "different. A row without a test fails the tests, but for those.",
  ];
  return [...intro, ...areas.flatMap((area) => tableOf(area, rows))].join("\n") + "\n";
}

function tableOf(area: string, rows: readonly ParityRow[]): string[] {
  const mine = rows.filter((row) => row.area === area);
  const lines = mine.map((row) =>
    `| ${[row.upstream, answer(row), proof(row)].map(cell).join(" | ")} |`
  );
  return ["", `## ${area}`, "", "| upstream | ours | test |", "| --- | --- | --- |", ...lines];
}

function answer({ ours, different, open }: ParityRow): string {
  if (open !== undefined) return `open: ${open}`;
  if (different !== undefined) return [ours, `different: ${different}`].filter(Boolean).join("; ");
  return ours ?? "the same";
}

function proof({ tests }: ParityRow): string {
  return tests.map((test) => test.replace(/^(\S+): (.*)$/, "`$1`: $2")).join("<br>");
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
