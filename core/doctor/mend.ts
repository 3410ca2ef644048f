/** Mending what can be mended without loss. */
import type { App } from "../app.ts";
import type { Operation } from "../progress.ts";
import { CHECKS } from "./checks.ts";

/** Mends, one after the other; returns a sentence for each thing that was done. What was not shows in the checks. */
export async function mend(app: App, operation: Operation): Promise<string[]> {
  const done: string[] = [];
  for (const check of CHECKS) {
    try {
      done.push(...await check.mend?.(app, operation) ?? []);
    } catch {
      // The look that follows says what is wrong still, and what to do.
    }
  }
  return done;
}
