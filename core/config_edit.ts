/**
 * Changes one value in the text of a TOML file and leaves every other character as it is: comments, order, blank
 * lines. What it can't change safely it refuses; the result is parsed again and compared with what was wanted.
 */
import { isDeepStrictEqual } from "node:util";
import { parse, stringify, type TomlTable } from "smol-toml";
import { CubicError } from "./errors.ts";

/** A value that can be written. */
export type EditableValue = string | number | boolean;

/** `[table]`, with nothing but a comment after it. */
const HEADER = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/;
/** The beginning of any table, also of one in an array of tables. */
const ANY_HEADER = /^\s*\[.*\]\s*(?:#.*)?$/;
/** `key = value # comment` with a value on one line that is no array and no table. */
const PAIR =
  /^(\s*)((?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'[{#]+)(\s*(?:#.*)?)$/;

/**
 * The text with the value at a path set, or removed when it is undefined. The last word of the path is the key, those
 * before it name its table.
 * @throws CubicError "failed" when the file is written in a way that is not understood here; Error from the parser
 * when the text is no TOML.
 */
export function editToml(
  text: string,
  path: readonly [string, ...string[]],
  value: EditableValue | undefined,
): string {
  const before = parse(text);
  const wanted = withValue(before, path, value);
  if (isDeepStrictEqual(before, wanted)) return text;
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const edited = editLines(text.split(/\r?\n/), path, value).join(end);
  if (!hasMixedEnds(text) && means(edited, wanted)) return edited;
  throw new CubicError(
    "failed",
    `Cannot change ${path.join(".")}: the file writes it in its own way`,
    {
      hint: "Change it in an editor; `cubic config path` prints where the file is.",
    },
  );
}

/** Joining such a file again would change lines that nobody asked about. */
function hasMixedEnds(text: string): boolean {
  return text.includes("\r\n") && /(^|[^\r])\n/.test(text);
}

function means(text: string, wanted: TomlTable): boolean {
  try {
    return isDeepStrictEqual(parse(text), wanted);
  } catch {
    return false;
  }
}

/** A copy of the parsed file with the value at the path changed. */
function withValue(
  table: TomlTable,
  [key, ...rest]: readonly string[],
  value: EditableValue | undefined,
): TomlTable {
  // A parsed table has no prototype, and a copy that is to equal one must not have one either.
  const copy: TomlTable = Object.assign(Object.create(Object.getPrototypeOf(table)), table);
  if (key === undefined) return copy;
  if (rest.length > 0) {
    const inner = table[key];
    if (inner === undefined && value === undefined) return copy;
    copy[key] = withValue(isTable(inner) ? inner : parse(""), rest, value);
  } else if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function editLines(
  lines: readonly string[],
  path: readonly string[],
  value: EditableValue | undefined,
): string[] {
  const key = path.at(-1) ?? "";
  const table = path.slice(0, -1);
  const section = findSection(lines, table);
  if (section === undefined) {
    return value === undefined ? [...lines] : appendTable(lines, table, pairOf(key, value));
  }
  const at = findPair(lines, section, key);
  if (at === undefined) {
    return value === undefined ? [...lines] : insertPair(lines, section, pairOf(key, value));
  }
  if (value === undefined) return lines.toSpliced(at, 1);
  const line = lines[at] ?? "";
  const [, indent = "", name = "", , rest = ""] = PAIR.exec(line) ?? [];
  return lines.with(at, indent + name + pairOf("x", value).slice("x = ".length) + rest);
}

/** The lines of a table: from the one after its header to before the next header. */
interface Section {
  readonly start: number;
  readonly end: number;
}

function findSection(lines: readonly string[], table: readonly string[]): Section | undefined {
  const header = table.length === 0
    ? -1
    : lines.findIndex((line) => isDeepStrictEqual(wordsOf(HEADER.exec(line)?.[1]), table));
  if (header < 0 && table.length > 0) return undefined;
  const next = lines.findIndex((line, index) => index > header && ANY_HEADER.test(line));
  return { start: header + 1, end: next < 0 ? lines.length : next };
}

/** The words of a dotted name; undefined when it is not one. */
function wordsOf(name: string | undefined): string[] | undefined {
  if (name === undefined) return undefined;
  const words = [];
  try {
    for (let at = parse(`[${name}]`); Object.keys(at).length > 0;) {
      const word = Object.keys(at)[0] ?? "";
      words.push(word);
      at = at[word] as TomlTable;
    }
    return words;
  } catch {
    return undefined;
  }
}

function findPair(
  lines: readonly string[],
  { start, end }: Section,
  key: string,
): number | undefined {
  const found = lines.findIndex((line, index) => {
    if (index < start || index >= end) return false;
    const name = PAIR.exec(line)?.[2]?.replace(/\s*=\s*$/, "");
    return isDeepStrictEqual(wordsOf(name), [key]);
  });
  return found < 0 ? undefined : found;
}

function pairOf(key: string, value: EditableValue): string {
  return stringify({ [key]: value }).trim();
}

/** After the last pair, so that comments stay with what they are about. */
function insertPair(lines: readonly string[], { start, end }: Section, pair: string): string[] {
  const isContent = (line: string): boolean => !/^\s*(#.*)?$/.test(line);
  const last = lines.slice(start, end).findLastIndex(isContent);
  if (last >= 0) {
    const indent = /^\s*/.exec(lines[start + last] ?? "")?.[0] ?? "";
    return lines.toSpliced(
      start + last + 1,
      0,
      (PAIR.test(lines[start + last] ?? "") ? indent : "") + pair,
    );
  }
  if (start > 0) return lines.toSpliced(start, 0, pair);
  return end < lines.length ? insertBeforeTables(lines, end, pair) : append(lines, [pair]);
}

/** Before the first table and the comment that stands directly above it. */
function insertBeforeTables(lines: readonly string[], header: number, pair: string): string[] {
  const above = lines.slice(0, header).findLastIndex((line) => !/^\s*#/.test(line));
  return lines.toSpliced(above + 1, 0, pair, "");
}

function appendTable(lines: readonly string[], table: readonly string[], pair: string): string[] {
  const name = table.map((word) => pairOf(word, 0).slice(0, -" = 0".length)).join(".");
  const isEmpty = lines.every((line) => line.trim() === "");
  return append(lines, [...(isEmpty ? [] : [""]), `[${name}]`, pair]);
}

/** At the end, with a line end after it. */
function append(lines: readonly string[], added: readonly string[]): string[] {
  const hasEnd = lines.at(-1) === "";
  return [...(hasEnd ? lines.slice(0, -1) : lines), ...added, ""];
}
