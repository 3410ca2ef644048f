/** From screens to things that are seen for a while: what stays needs to be drawn but once. Pure. */
import type { Run, Screen } from "./screens.ts";

/** A time from its beginning up to its end, in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is seen in one row for a while: letters, or the cursor. */
export type Sight =
  & Span
  & { readonly row: number }
  & ({ readonly runs: readonly Run[] } | { readonly cursor: number });

/** Everything that is seen, until `end`; letters, which stand on the cursor, come last. */
export function sightsOf(screens: readonly Screen[], end: number): readonly Sight[] {
  const rows = screens[0]?.rows ?? [];
  const letters = rows.flatMap((_, row) =>
    whileSame(screens, end, (screen) => screen.rows[row] ?? [])
      .filter(({ value }) => value.length > 0)
      .map(({ value, start, end }): Sight => ({ start, end, row, runs: value }))
  );
  const cursor = whileSame(screens, end, (screen) => screen.cursor)
    .map(({ value, start, end }): Sight => ({ start, end, row: value.row, cursor: value.column }));
  return [...cursor, ...letters];
}

/** The values one after the other, with the time that each stays. */
function whileSame<Value>(
  screens: readonly Screen[],
  end: number,
  look: (screen: Screen) => Value,
): readonly (Span & { readonly value: Value })[] {
  const spans: { start: number; end: number; value: Value; key: string }[] = [];
  for (const screen of screens) {
    const value = look(screen);
    const key = JSON.stringify(value);
    const last = spans.at(-1);
    if (last !== undefined) last.end = screen.time;
    if (last?.key !== key) spans.push({ start: screen.time, end, value, key });
  }
  const last = spans.at(-1);
  if (last !== undefined) last.end = end;
  return spans.filter((span) => span.end > span.start);
}
