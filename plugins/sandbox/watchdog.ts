/** Ending a worker that does not answer. */

/** Two deadlines: for each answer of the worker, and for all. */
export interface Watchdog {
  /** The worker was told something and owes an answer. */
  owed(): void;
  /** It gave one. */
  heard(): void;
  stop(): void;
}

/** What is done when an answer, or all of it, takes too long. */
export interface Deadlines {
  readonly answerMs: number;
  readonly allMs: number;
  silent(): void;
  late(): void;
}

/** A watchdog that begins to count now. */
export function watchdog({ answerMs, allMs, silent, late }: Deadlines): Watchdog {
  let answers = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const last = setTimeout(late, allMs);
  const restart = (): void => {
    clearTimeout(timer);
    if (answers > 0 && !stopped) timer = setTimeout(silent, answerMs);
  };
  return {
    owed() {
      answers++;
      restart();
    },
    heard() {
      answers--;
      restart();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(last);
    },
  };
}
