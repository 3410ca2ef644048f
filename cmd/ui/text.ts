/** Text for people: durations, rates, colours and untrusted words. Pure. */
import { formatSize } from "../../core/size.ts";

/** A duration as people say it: `0.8 s`, `42 s`, `3 min 05 s`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A transfer rate: `84.2 M/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond).replace(" ", "\u00a0")}/s`;
}

/**
 * The text without anything that could drive a terminal or turn its words around (bidirectional overrides); tabs
 * and line ends stay.
 */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are exactly what is removed
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, "");
}

/** The same on one line, for a file name with a line end in it. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\t\r\n]+/g, " "));
}

/**
 * A value as JSON in which nothing can drive a terminal: JSON.stringify leaves DEL, C1 controls and bidirectional
 * overrides as they are. Every reader of JSON gets the same value (RFC 8259, section 7).
 */
export function jsonText(value: unknown, indent?: number): string {
  const escape = (character: string): string =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent)
    .replace(/[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, escape);
}

/** Written on the width of two: East Asian wide and fullwidth forms, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
/** Written on top of what is before it. */
const NARROW = /[\p{Mn}\p{Me}\p{Cf}]/u;

function characterWidth(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The columns a text takes on a terminal. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text cut to a number of columns, with an ellipsis where something is missing. */
export function clip(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return "";
  let cut = "";
  let left = columns - 1;
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    cut += character;
  }
  return cut + "…";
}

/** How a text is set off. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** The text in that style, as it is when colour is off. */
export function paint(text: string, style: Style, color: boolean): string {
  const [on, off] = CODES[style];
  return color ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}
