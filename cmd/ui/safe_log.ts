/** A guest's words on a terminal: text comes through, what would drive the terminal does not. Pure. */
import { printable } from "./text.ts";

/** Strings to the terminal (titles, marks), sequences, and characters that begin them (ECMA-48). */
const SEQUENCE =
  // deno-lint-ignore no-control-regex -- the terminal's control sequences are what is removed
  /\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?/g;
/** The same when its end has not come yet. */
// deno-lint-ignore no-control-regex -- as above
const UNFINISHED = /\x1b(?:[\]PX^_][^\x07\x1b\n]*\x1b?|\[[0-?]*[ -/]*|[ -/]*)?$/;
/** Longer ones are no sequences. */
const LONGEST = 256;

/** Makes a chunk of a log safe; the end of one chunk may wait for the next. Without a chunk, what waits is over. */
export type SafeLog = (chunk?: Uint8Array) => string;

/** A filter for one log. */
export function safeLog(): SafeLog {
  const decoder = new TextDecoder();
  let held = "";
  return (chunk) => {
    const text = held + (chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode());
    held = chunk ? unfinished(text) : "";
    return plain(text.slice(0, text.length - held.length));
  };
}

/** A carriage return may be the first half of a line end. */
function unfinished(text: string): string {
  const end = UNFINISHED.exec(text)?.[0] ?? /\r+$/.exec(text)?.[0] ?? "";
  return end.length > LONGEST ? "" : end;
}

/** Lines that a guest draws over again become lines below each other. */
function plain(text: string): string {
  return printable(text.replace(SEQUENCE, "").replace(/\r*\n|\r+/g, "\n"));
}
