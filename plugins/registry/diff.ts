/** The lines that differ between two texts. Pure. */

/** Pairs of lines that are compared at most; texts that differ more have no diff. */
const MAX_PAIRS = 1_000_000;
/** Unchanged lines that are shown around a change. */
const CONTEXT = 2;

/** Changed lines marked `-` and `+` among some unchanged ones; undefined when there are too many to compare. */
export function diffLines(before: string, after: string): string | undefined {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  const head = commonLength(old, fresh);
  const tail = commonLength(old.slice(head).reverse(), fresh.slice(head).reverse());
  const [removed, added] = [old, fresh].map((lines) => lines.slice(head, lines.length - tail));
  if (!removed || !added || removed.length * added.length > MAX_PAIRS) return undefined;
  const marked = [
    ...old.slice(0, head).map((line) => `  ${line}`),
    ...compare(removed, added),
    ...old.slice(old.length - tail).map((line) => `  ${line}`),
  ];
  return nearChanges(marked).join("\n");
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}

/** The longest common subsequence, by the table everybody knows. */
function compare(a: readonly string[], b: readonly string[]): string[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row--) {
    for (let column = b.length - 1; column >= 0; column--) {
      lengths[row * width + column] = a[row] === b[column]
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < a.length || column < b.length) {
    if (row < a.length && column < b.length && a[row] === b[column]) {
      lines.push(`  ${a[row++]}`);
      column++;
    } else if (
      row < a.length && (column === b.length || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push(`- ${a[row++]}`);
    } else {
      lines.push(`+ ${b[column++]}`);
    }
  }
  return lines;
}

/** What is far from any change is left out. */
function nearChanges(lines: readonly string[]): string[] {
  const changed = lines.flatMap((line, index) => line.startsWith("  ") ? [] : [index]);
  const near = new Set(
    changed.flatMap((index) =>
      Array.from({ length: 2 * CONTEXT + 1 }, (_, offset) => index + offset - CONTEXT)
    ),
  );
  return lines.flatMap((line, index) => {
    if (near.has(index)) return [line.trimEnd()];
    return near.has(index - 1) ? ["  …"] : [];
  });
}
