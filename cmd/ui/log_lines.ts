/** A log as lines of text, for programs. Pure. */

/** A line that never ends is passed on in pieces of so many characters: it may not fill the memory. */
const LONGEST = 64 * 1024;

/** Takes a chunk of a log and gives the lines that are whole now. Without a chunk, what is left is the last one. */
export type LogLines = (chunk?: Uint8Array) => string[];

/** Splits one log. What is no UTF-8 becomes U+FFFD; a line's end is not part of it. */
export function logLines(): LogLines {
  const decoder = new TextDecoder();
  let held = "";
  return (chunk) => {
    const text = held + (chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode());
    const lines = text.split("\n");
    held = chunk ? lines.pop() ?? "" : "";
    if (!chunk && lines.at(-1) === "") lines.pop();
    while (held.length > LONGEST) {
      lines.push(held.slice(0, LONGEST));
      held = held.slice(LONGEST);
    }
    return lines.map((line) => line.replace(/\r+$/, ""));
  };
}
