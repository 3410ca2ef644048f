/** Text of a guest made safe to show: it must not drive the user's terminal (CVE-2019-6109). */

/** Control characters and those that turn the direction of text. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Replaces control characters by their escapes, `\n` and `\x1b` and the like, and trims the ends. */
export function printable(text: string): string {
  return text.trim().replace(UNPRINTABLE, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\t") return " ";
    const code = char.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
