/** Random input for property tests: repeatable, because a failure must be. */

/** A generator of numbers from 0 to below 1 (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

/** Texts of characters and pieces that parsers trip over, and of those given. */
export function* randomTexts(count: number, pieces: readonly string[]): Generator<string> {
  const random = makeRandom(count);
  const all = [...pieces, ..."09azAZ ._-:/\\\"'\t\n\r,;=@%$é\u{1f600}\0\u007f\uffff", "", "1e9"];
  for (let index = 0; index < count; index++) {
    const length = Math.floor(random() * 12);
    yield Array.from({ length }, () => all[Math.floor(random() * all.length)]).join("");
  }
}
