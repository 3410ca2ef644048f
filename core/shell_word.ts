/** Quoting for POSIX shells, and for what splits words as they do. Pure. */
import { CubicError } from "./errors.ts";

/**
 * One word for a POSIX shell (XCU section 2.2.2): as it is when no shell could read it as anything
 * else, otherwise in single quotes, which fish and csh read the same way.
 * @throws CubicError "invalid-value" when the word holds a NUL byte.
 */
export function quoteWord(word: string): string {
  if (word.includes("\0")) {
    throw new CubicError("invalid-value", "Cannot pass an argument that holds a NUL byte");
  }
  // No leading tilde or equals sign: zsh expands both.
  if (/^[A-Za-z0-9_/.,:@%+-][A-Za-z0-9_/.,:@%+=-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
