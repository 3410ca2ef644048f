/** Names for instances that nobody named: `plucky-otter`. Pure. */
import { ADJECTIVES, CREATURES } from "./name_words.ts";

/**
 * Names to try, the first one free being the one to take: a pair of words, then the same pair counted up,
 * `plucky-otter-2`. `random` returns a number from 0 up to 1, as Math.random does.
 */
export function* generatedNames(random: () => number): Generator<string, never> {
  const pair = `${pick(ADJECTIVES, random)}-${pick(CREATURES, random)}`;
  yield pair;
  for (let count = 2;; count++) yield `${pair}-${count}`;
}

function pick(words: readonly string[], random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? "";
}
