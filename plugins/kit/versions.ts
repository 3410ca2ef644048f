/** Ordering the versions, dates and build numbers of vendors, and finding the newest of many names. */

/**
 * Compares two versions: below zero when `a` is the older. Numbers compare as numbers (3.23.10 is newer than
 * 3.23.4, and 20260926-2618 than 20260926-99); words after a number are something before it ("44 Beta" is older
 * than "44"). Separators count for nothing.
 */
export function compareVersions(a: string, b: string): number {
  const left = tokens(a);
  const right = tokens(b);
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const order = compareTokens(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** The item with the highest version; the first of equal ones. */
export function newest<T>(
  items: readonly T[],
  versionOf: (item: T) => string,
): T | undefined {
  return highest(items, (a, b) => compareVersions(versionOf(a), versionOf(b)));
}

/**
 * Of the names that match a pattern as a whole, the match with the highest version in the pattern's groups, the
 * first group first, and then in the name.
 */
export function newestMatch(
  names: readonly string[],
  pattern: RegExp,
): RegExpExecArray | undefined {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gmy]/g, ""));
  const matches = names.map((name) => whole.exec(name)).filter((match) => match !== null);
  return highest(matches, compareMatches);
}

/** What numbers, words and the end are to one another: a word is older than the end, a number newer. */
const RANK = { word: 0, end: 1, number: 2 } as const;

function tokens(version: string): readonly string[] {
  return version.toLowerCase().match(/\d+|[a-z]+/g) ?? [];
}

function compareTokens(a: string | undefined, b: string | undefined): number {
  const order = RANK[kindOf(a)] - RANK[kindOf(b)];
  if (order !== 0 || a === undefined || b === undefined) return order;
  return kindOf(a) === "number" ? compareNumbers(a, b) : compareText(a, b);
}

function kindOf(token: string | undefined): keyof typeof RANK {
  if (token === undefined) return "end";
  return /^\d/.test(token) ? "number" : "word";
}

/** Numbers may be longer than what a `number` holds. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, "");
  const right = b.replace(/^0+/, "");
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareMatches(a: RegExpExecArray, b: RegExpExecArray): number {
  for (let group = 1; group < a.length; group++) {
    const order = compareVersions(a[group] ?? "", b[group] ?? "");
    if (order !== 0) return order;
  }
  return compareVersions(a[0], b[0]);
}

function highest<T>(items: readonly T[], compare: (a: T, b: T) => number): T | undefined {
  let best: T | undefined;
  for (const [index, item] of items.entries()) {
    if (index === 0 || compare(item, best as T) > 0) best = item;
  }
  return best;
}
