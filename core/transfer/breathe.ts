/** Letting others run in the middle of work that never waits. */

/** Resolves after timers and signals had their turn: a Ctrl-C, or a line of progress to draw. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
