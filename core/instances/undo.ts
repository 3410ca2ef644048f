/** Taking back what was done before something failed. */
import type { Report } from "../progress.ts";

/** Takes back one thing that was done. */
export type Undo = () => Promise<unknown>;

/**
 * Takes back everything, the last thing first. What can't be is warned of, and keeps neither the rest nor the failure
 * that is the cause of it all from coming through.
 */
export async function takeBack(steps: readonly Undo[], report: Report): Promise<void> {
  for (const step of steps.toReversed()) {
    await step().catch((failure) => {
      const text = failure instanceof Error ? failure.message : String(failure);
      report({ kind: "warning", text: `A part of the change could not be taken back: ${text}` });
    });
  }
}
