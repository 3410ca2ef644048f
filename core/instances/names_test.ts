import { deepEqual, equal, ok } from "node:assert/strict";
import { instanceName } from "../names.ts";
import { ADJECTIVES, CREATURES } from "./name_words.ts";
import { generatedNames } from "./names.ts";

/** A source of chance that gives these numbers, the last one for ever. */
function chances(...numbers: readonly number[]): () => number {
  let index = 0;
  return () => numbers[Math.min(index++, numbers.length - 1)] ?? 0;
}

Deno.test("a generated name is an adjective and a creature that chance picks, then counts up", () => {
  const names = generatedNames(chances(0, 0.999_999));
  const pair = `${ADJECTIVES[0]}-${CREATURES.at(-1)}`;
  deepEqual([1, 2, 3].map(() => names.next().value), [pair, `${pair}-2`, `${pair}-3`]);
});

Deno.test("every pair may name an instance, also when it was counted up", () => {
  for (const adjective of ADJECTIVES) {
    for (const creature of CREATURES) instanceName(`${adjective}-${creature}-1000000`);
  }
});

Deno.test("the words of generated names are many, sorted and all different", () => {
  for (const words of [ADJECTIVES, CREATURES]) {
    deepEqual([...words], [...new Set(words)].sort());
    ok(words.every((word) => /^[a-z]{3,12}$/.test(word)));
  }
  ok(ADJECTIVES.length * CREATURES.length > 5000);
});

/** Words for people's looks, minds, bodies and worse, and creatures that are used as such. */
const UNWANTED =
  /ape|ass|bald|bitch|black|blind|boar|booby|brown|bull|cock|cow|crazy|crow|cuck|damn|dark|dead|deaf|dick|dirty|dog|donkey|drunk|dull|dumb|dyke|evil|fag|fat|goat|gorilla|hog|horny|hot|hung|hyena|insane|jackal|kinky|lame|leech|louse|mad|maggot|monkey|mule|naked|nasty|nude|pale|parasite|pig|poor|pussy|queer|rat|red|savage|sexy|shag|sheep|sick|skank|skunk|slave|slow|slug|snake|sow|spic|stiff|stupid|thick|tick|tit|toad|ugly|vermin|vixen|vulture|wasp|weasel|weird|wet|white|worm|yellow/;
/** What is in them by chance. */
const HARMLESS = [
  "hedgehog",
  "redstart",
];

Deno.test("no word of generated names is one for people, nor does a pair make one at its seam", () => {
  const plain = (word: string): boolean => !UNWANTED.test(word) || HARMLESS.includes(word);
  deepEqual([...ADJECTIVES, ...CREATURES].filter((word) => !plain(word)), []);
  const seams = ADJECTIVES.flatMap((adjective) =>
    CREATURES.map((creature) => adjective.slice(-3) + creature.slice(0, 3))
      .filter((seam) => /shit|cunt|fuck|nazi|rape|piss|slut|nigg|kkk/.test(seam))
  );
  equal(seams.join(), "");
});
