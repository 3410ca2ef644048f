/** Telling a dead connection from a slow one. */

/** When a connection counts as dead. */
export interface DeadLine {
  /** Milliseconds of waiting for the server that are looked at together. */
  readonly stallMs: number;
  /** Bytes that must come in that time. */
  readonly bytes: number;
}

/** Looks at one connection; only the time spent waiting for the server counts, not that for the disk. */
export interface Watch extends Disposable {
  /** Aborted when the server is given up; its reason is what to say of it. */
  readonly signal: AbortSignal;
  /** Waits for something of the server's. */
  waiting<T>(something: Promise<T>): Promise<T>;
  /** Counts what came. */
  came(bytes: number): void;
}

/** Looks this many times in a stall time. */
const LOOKS = 4;

/** Begins to look. */
export function startWatch({ stallMs, bytes }: DeadLine): Watch {
  const dead = new AbortController();
  let since: number | undefined;
  let waited = 0;
  let seen = 0;
  const look = (): void => {
    const now = performance.now();
    const total = waited + (since === undefined ? 0 : now - since);
    if (seen >= bytes) {
      [waited, seen] = [0, 0];
      if (since !== undefined) since = now;
    } else if (total >= stallMs) {
      const what = seen === 0 ? "nothing" : `only ${seen} bytes`;
      dead.abort(`${what} came for ${Math.round(stallMs / 100) / 10} s`);
    }
  };
  const timer = setInterval(look, stallMs / LOOKS);
  return {
    signal: dead.signal,
    async waiting(something) {
      since = performance.now();
      try {
        return await something;
      } finally {
        waited += performance.now() - since;
        since = undefined;
      }
    },
    came: (count) => void (seen += count),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
