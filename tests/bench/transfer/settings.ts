/** What a run measures, from the environment; docs/performance.md lists the variables. */

/** The cases, in the order in which they run. */
export const CASES = ["start", "file", "tree", "sparse", "guest"] as const;
/** One of them. */
export type Case = typeof CASES[number];

/** Which cases, how much and how often. */
export interface Settings {
  readonly cases: readonly Case[];
  readonly bytes: number;
  readonly files: number;
  /** Timed rounds; each case has its own number unless CUBIC_BENCH_ROUNDS sets one; the sparse file always has one. */
  readonly rounds: (unset: number) => number;
  /** "1" boots a guest, another word is a running instance of the user's; undefined leaves the case out. */
  readonly guest: string | undefined;
  readonly guestBytes: number;
  readonly guestRounds: number;
}

/** Reads them. Throws when a value is none. */
export function readSettings(env: (name: string) => string | undefined): Settings {
  const count = (name: string, unset: number): number => {
    const text = env(name);
    const value = Number(text ?? unset);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new Error(`Cannot use ${name}=${text}: it is a whole number above 0`);
  };
  const guest = env("CUBIC_BENCH_GUEST");
  return {
    cases: readCases(env("CUBIC_BENCH_CASES")),
    bytes: count("CUBIC_BENCH_BYTES", 274_000_000),
    files: count("CUBIC_BENCH_FILES", 10_000),
    rounds: (unset) => count("CUBIC_BENCH_ROUNDS", unset),
    guest: guest === "" || guest === "0" ? undefined : guest,
    guestBytes: count("CUBIC_BENCH_GUEST_BYTES", 274_000_000),
    guestRounds: count("CUBIC_BENCH_GUEST_ROUNDS", 3),
  };
}

function readCases(text: string | undefined): readonly Case[] {
  const names = text?.split(",");
  const stranger = names?.find((name) => !CASES.some((one) => one === name));
  if (stranger !== undefined) {
    throw new Error(`Cannot measure "${stranger}": the cases are ${CASES.join(", ")}`);
  }
  return CASES.filter((one) => names?.includes(one) ?? true);
}
