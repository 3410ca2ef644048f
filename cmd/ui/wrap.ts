/** Breaks messages between words, where a terminal would break in the middle of one. Pure. */
import { textWidth } from "./text.ts";

/** A command in backquotes stays whole, so that it can be copied. */
const WORDS = /`[^`\n]*`\S*|\S+/g;

/**
 * The text with no line longer than that many columns, but for words that are longer themselves; `used` columns of
 * the first line are taken already. Lines that fit stay as they are, with their blanks.
 */
export function wrapText(text: string, columns: number, used = 0): string {
  return text.split("\n")
    .map((line, index) => wrapLine(line, columns, index === 0 ? used : 0))
    .join("\n");
}

function wrapLine(line: string, columns: number, used: number): string {
  if (used + textWidth(line) <= columns) return line;
  const lines: string[] = [];
  let current = "";
  let left = columns - used;
  for (const [word] of line.matchAll(WORDS)) {
    const width = textWidth(word);
    if (current !== "" && textWidth(current) + 1 + width > left) {
      lines.push(current);
      current = word;
      left = columns;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join("\n");
}
