/** A command for the guest's shell, from words that nothing tells apart from options. */

/** Several words reach the program exactly as they are; a single one is a line of shell already. */
export async function guestLine(words: readonly [string, ...string[]]): Promise<string> {
  if (words.length === 1) return words[0];
  const { quoteCommand } = await import("../core/ssh/quote.ts");
  return quoteCommand(words);
}
