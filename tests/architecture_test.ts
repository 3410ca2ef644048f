/** The shape of the code, as DESIGN and ARCHITECTURE.md describe it, held by rules that can fail. */
import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { type Edge, filesOf, importGraph } from "./architecture/graph.ts";
import { IMPORT_RULES } from "./architecture/import_rules.ts";
import { LOADING_RULES } from "./architecture/loading_rules.ts";
import { isProgram, medianLines, type Source, SOURCE_RULES } from "./architecture/source_rules.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");
const FOLDERS = ["cmd", "core", "distros", "plugins", "scripts", "tests"];
/** Holds other people's text as it came. */
const FIXTURES = "tests/fixtures";
const MAX_MEDIAN_LINES = 100;

async function readSources(): Promise<Source[]> {
  const paths = ["main.ts", ...(await Promise.all(FOLDERS.map(filesBelow))).flat()];
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await Deno.readTextFile(join(ROOT, path)) })),
  );
}

async function filesBelow(folder: string): Promise<string[]> {
  if (folder === FIXTURES) return [];
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesBelow(path));
    else if (path.endsWith(".ts") || !name.includes(".")) files.push(path);
  }
  return files;
}

/** Edges written as "a -> b", "a ~> b" (dynamic), "a :> b" (type). */
function parseEdges(lines: readonly string[]): Edge[] {
  const kinds = { "-": "static", "~": "dynamic", ":": "type" } as const;
  return lines.map((line) => {
    const [from = "", arrow = "", to = ""] = line.split(" ");
    return { from, to, kind: kinds[arrow.charAt(0) as keyof typeof kinds] };
  });
}

/** A worker is started by its URL, which is no import: it is a root of its own. */
async function readGraph(): Promise<Edge[]> {
  const roots = ["main.ts", "plugins/sandbox/worker.ts"];
  return (await Promise.all(roots.map((root) => importGraph(ROOT, root)))).flat();
}

/** Fails with every fault on a line of its own: a diff would cut them short. */
function none(faults: readonly string[]): void {
  equal(faults.length, 0, `${faults.length} faults:\n${faults.join("\n")}`);
}

// Read once, by the first test that asks.
let graph: Promise<Edge[]> | undefined;
let sources: Promise<Source[]> | undefined;
const theGraph = (): Promise<Edge[]> => graph ??= readGraph();
const theSources = (): Promise<Source[]> => sources ??= readSources();

for (const { name, faults, wrong, right } of [...IMPORT_RULES, ...LOADING_RULES]) {
  Deno.test(`architecture: ${name}`, async () => {
    none(faults(await theGraph()));
  });
  Deno.test(`architecture: the rule "${name}" can fail`, () => {
    for (const example of wrong) notDeepEqual(faults(parseEdges(example.split("; "))), [], example);
    deepEqual(faults(parseEdges(right)), []);
  });
}

for (const { name, appliesTo, faults, wrong, right } of SOURCE_RULES) {
  Deno.test(`architecture: ${name}`, async () => {
    const sources = (await theSources()).filter(({ path }) => appliesTo(path));
    none(sources.flatMap(({ path, text }) => faults(text).map((fault) => `${path}: ${fault}`)));
  });
  Deno.test(`architecture: the rule "${name}" can fail`, () => {
    for (const text of wrong) notDeepEqual(faults(text), [], text);
    deepEqual(faults(right), []);
  });
}

Deno.test("architecture: every file of cmd, core and distros is part of the program", async () => {
  const used = filesOf(await theGraph());
  const unused = (await theSources()).map(({ path }) => path)
    .filter((path) => isProgram(path) && !path.startsWith("plugins/") && !used.has(path));
  none(unused);
});

Deno.test(`architecture: half of the files have fewer than ${MAX_MEDIAN_LINES} lines`, async () => {
  const program = (await theSources()).filter(({ path }) => isProgram(path));
  ok(medianLines(program) < MAX_MEDIAN_LINES, `the median is ${medianLines(program)}`);
});
