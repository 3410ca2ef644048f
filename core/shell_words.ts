/** Splitting a text into words as a POSIX shell does (XCU 2.2 and 2.6.5), without any expansion. Pure. */
import { CubicError } from "./errors.ts";

/** A blank, a quoted part, an escaped character, or plain characters; what is left over is an open quote. */
const PART = /(\s+)|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y;

/**
 * The words of a text: blanks separate them, quotes and backslashes keep blanks.
 * @throws CubicError "invalid-value" when a quote is not closed, or nothing follows a backslash.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  while (index < text.length) {
    PART.lastIndex = index;
    const match = PART.exec(text);
    if (!match) throw unfinished(text, index);
    index = PART.lastIndex;
    const [, blank, single, double, escaped, plain] = match;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (single ?? plain ?? inDoubleQuotes(double) ?? unescaped(escaped));
    }
  }
  return word === undefined ? words : [...words, word];
}

/** Between double quotes a backslash counts before some characters only. */
function inDoubleQuotes(text: string | undefined): string | undefined {
  return text?.replace(/\\([$`"\\\n])/g, (_, character: string) => unescaped(character));
}

/** A backslash at the end of a line joins it with the next. */
function unescaped(character: string | undefined): string {
  return character === "\n" ? "" : character ?? "";
}

function unfinished(text: string, index: number): CubicError {
  const rest = text.slice(index);
  const what = rest === "\\"
    ? "nothing follows the backslash"
    : `the quote ${rest[0]} is not closed`;
  return new CubicError("invalid-value", `Cannot split ${JSON.stringify(text)}: ${what}`, {
    hint: "Quote as in a shell: '-device x,serial=\"a b\"'.",
  });
}
