/** Whether another connection is worth it. Pure. */
/** When a download gets more connections. */
export interface Growth {
  /** As many at once at most. */
  readonly connections: number;
  /** Milliseconds over which a rate is measured; the same time is given to each new connection to get going. */
  readonly sampleMs: number;
  /** Bytes that must be missing at least. */
  readonly missing: number;
  /** Bytes a second that are fast enough for one. */
  readonly fast: number;
  /** Bytes that a connection is started for at least. */
  readonly share: number;
}

const MiB = 1024 * 1024;

/** Many servers allow four; at 64 MiB/s the disk and the digest soon are what takes the time. */
export const GROWTH: Growth = {
  connections: 4,
  sampleMs: 1000,
  missing: 16 * MiB,
  fast: 64 * MiB,
  share: MiB,
};

/** What the last connection must have added to the total rate to be followed by another, as a factor. */
const CLEARLY = 1.2;

/** What is known when the question comes up. */
export interface Situation {
  /** Bytes a second with one connection, with two, and so on. */
  readonly rates: readonly number[];
  /** Bytes. */
  readonly missing: number;
}

/** True when one more connection should be tried. */
export function isWorthAnother({ rates, missing }: Situation, growth: Growth): boolean {
  if (rates.length >= growth.connections || missing < growth.missing) return false;
  return (rates.at(-1) ?? 0) < growth.fast && hasHelped(rates);
}

/** True unless the last connection added next to nothing. */
export function hasHelped(rates: readonly number[]): boolean {
  const [before = 0, now = 0] = rates.slice(-2);
  return rates.length < 2 || now >= before * CLEARLY;
}
