/** How the scripts write: whole lines, at once, and never through `console`. */

/** Writes a line to stdout. */
export function print(line: string): void {
  writeAll(Deno.stdout, `${line}\n`);
}

/** Writes a line to stderr. */
export function complain(line: string): void {
  writeAll(Deno.stderr, `${line}\n`);
}

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}
