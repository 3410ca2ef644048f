/**
 * What a source file may look like. As in import_rules.ts each rule is a pure function with examples;
 * the examples are put together from pieces where they would break a rule in this very file.
 */

/** A file of the repository. */
export interface Source {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** One rule over the text of one file. */
export interface SourceRule {
  readonly name: string;
  readonly appliesTo: (path: string) => boolean;
  /** A sentence for each fault, without the path. */
  readonly faults: (text: string) => string[];
  /** Texts that each break the rule. */
  readonly wrong: readonly string[];
  /** A text that does not. */
  readonly right: string;
}

/** Lines of the longest source file there may be. */
const MAX_LINES = 300;

/** True for a test, or for what only tests use. */
function isTest(path: string): boolean {
  return path.endsWith("_test.ts") || path.startsWith("tests/");
}

/** True for TypeScript that ships. */
export function isProgram(path: string): boolean {
  return /^(main\.ts$|(cmd|core|distros|plugins)\/.*\.ts$)/.test(path) && !isTest(path);
}

const isScript = (path: string): boolean => /^scripts\/.*\.ts$/.test(path) && !isTest(path);
const ownsTerminal = (path: string): boolean => path === "main.ts" || path.startsWith("cmd/ui/");

/** A rule that a pattern finds the faults of, outside of comments. */
function forbidden(
  name: string,
  pattern: RegExp,
  appliesTo: SourceRule["appliesTo"],
  wrong: readonly string[],
  right: string,
): SourceRule {
  const faults = (text: string): string[] =>
    [...withoutComments(text).matchAll(pattern)].map(([found]) => found);
  return { name, appliesTo, faults, wrong, right };
}

/** Good enough for our formatting: a line of a block comment starts with `*`, and `//` ends a line. */
function withoutComments(text: string): string {
  return text
    .replace(/^\s*\/\*[\s\S]*?\*\//gm, "")
    .replace(/^\s*\/\/.*$|\s\/\/ .*$/gm, "");
}

function undocumented(text: string): string[] {
  const declaration =
    /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|class|interface|type|enum|namespace) (\w+)/;
  const lines = text.split("\n");
  const seen = new Set<string>();
  const faults: string[] = [];
  lines.forEach((line, index) => {
    const name = declaration.exec(line)?.[1];
    if (name === undefined || seen.has(name)) return; // an overload has its comment on the first
    seen.add(name);
    const before = lines.slice(0, index).findLast((above) => !above.startsWith("//"));
    if (!before?.endsWith("*/")) faults.push(`"${name}" is exported without a comment`);
  });
  return faults;
}

function tooLong(text: string): string[] {
  const lines = text.trimEnd().split("\n").length;
  return lines > MAX_LINES ? [`${lines} lines, ${MAX_LINES} at most`] : [];
}

/** The middle of the files' lengths in lines. */
export function medianLines(sources: readonly Source[]): number {
  const lengths = sources.map(({ text }) => text.trimEnd().split("\n").length).sort((a, b) =>
    a - b
  );
  return lengths[Math.floor(lengths.length / 2)] ?? 0;
}

/** All rules over sources. */
export const SOURCE_RULES: readonly SourceRule[] = [
  {
    name: `a file has ${MAX_LINES} lines at most`,
    appliesTo: (path) => isProgram(path) || isScript(path),
    faults: tooLong,
    wrong: ["x\n".repeat(MAX_LINES + 1)],
    right: "x\n".repeat(MAX_LINES),
  },
  {
    name: "what is exported has a comment",
    appliesTo: (path) => isProgram(path) || isScript(path),
    faults: undocumented,
    wrong: [
      "export function f(): void {}",
      "/** The file. */\n\nexport interface I {}",
      "// Not this kind.\nexport const x = 1;",
    ],
    right:
      '/** F. */\nexport function f(): void;\nexport function f(): void {}\nexport * from "./a.ts";',
  },
  forbidden(
    "nobody writes to console",
    /\bconsole\.\w+\(/g,
    (path) => isProgram(path) || isScript(path),
    ['console.log("x")'],
    '// console.log("x")\nconst file = "console.log";',
  ),
  forbidden(
    "only main.ts ends the process and reads its arguments",
    /\bDeno\.(?:exit|exitCode|args)\b|(?<="node:process"[\s\S]*)\bprocess\.(?:exit|argv)\b/g,
    (path) => isProgram(path) && path !== "main.ts",
    [
      "Deno.exit(1);",
      "const [first] = Deno.args;",
      'import process from "node:process";\nprocess.exit(1);',
    ],
    "/** Never calls Deno.exit. */\nconst code = exitStatus(error.code);",
  ),
  forbidden(
    "only cmd/ui touches the terminal",
    /\bDeno\.(?:stdin|stdout|stderr|consoleSize)\b|"node:(?:tty|readline)|(?<="node:process"[\s\S]*)\bprocess\.std\w+/g,
    (path) => isProgram(path) && !ownsTerminal(path),
    [
      "Deno.stdout.writeSync(bytes);",
      "Deno.consoleSize();",
      'import tty from "node:tty";',
      'import process from "node:process";\nprocess.stdout.write(text);',
    ],
    'import { Process } from "./process.ts";\nconst { stdout } = process.stdout;',
  ),
  {
    name: "work that is left is an issue, not a note",
    appliesTo: () => true,
    faults: (text) =>
      [...text.matchAll(/\b(?:TO)(?:DO)\b|\b(?:FIX)(?:ME)\b/g)].map(([word]) => word),
    wrong: [`// ${"TO" + "DO"}: finish`, `/* ${"FIX" + "ME"} */`],
    right: "// Finished.",
  },
  forbidden(
    "every test runs",
    /\bDeno\.test\.(?:ignore|only)\b|\b(?:ignore|only): (?:true|!|[a-z])/g,
    isTest,
    [
      `Deno.test.${"ignore"}("x", () => {});`,
      `Deno.test.${"only"}("x", () => {});`,
      `Deno.test({ ${"ignore"}: !hasKvm, fn });`,
    ],
    'Deno.test("ignores what is only a comment", () => {});',
  ),
];
