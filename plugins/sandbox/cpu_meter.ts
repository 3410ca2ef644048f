/** Counting what a plugin computes, without what it waits. */

/** A meter of computing time. */
export interface CpuMeter {
  /** Runs something, counted. */
  run(work: () => void): void;
  /** True once more was computed than there is. */
  readonly isOver: () => boolean;
}

/** A meter for that many milliseconds. */
export function cpuMeter(limitMs: number): CpuMeter {
  let spent = 0;
  let began: number | undefined;
  const now = (): number => spent + (began === undefined ? 0 : performance.now() - began);
  return {
    isOver: () => now() > limitMs,
    run(work) {
      began = performance.now();
      try {
        work();
      } finally {
        spent = now();
        began = undefined;
      }
    },
  };
}
