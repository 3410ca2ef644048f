/** Letting others run in the middle of work that never waits. */

/**
 * Begins work that does not wait by itself. What comes back is called between its steps: after each `turn`
 * milliseconds it resolves only when timers and signals had their turn, a Ctrl-C or a line of progress to draw.
 */
export function startBreathing(turn = 50): () => Promise<void> {
  let end = performance.now() + turn;
  return async () => {
    if (performance.now() < end) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    end = performance.now() + turn;
  };
}
