/** Commands that take several instances do as much as they can, then fail once. */
import { CubicError, describeFailure } from "../core/errors.ts";
import type { Context } from "./context.ts";
import { printError } from "./ui/errors.ts";

/** What to do to which instances. */
export interface Batch {
  /** What is done to each, for messages: `stop`. */
  readonly verb: string;
  readonly names: readonly string[];
  /** Whether the results are printed as JSON. */
  readonly json: boolean;
}

/**
 * Does something for each name, one after the other. With `json` the results of those that succeeded are printed
 * whatever becomes of the others.
 * @throws CubicError the failure itself when there is one name, a summary with the first one's code when there
 * are more; each of those was printed.
 */
export async function forEachName<Result>(
  context: Context,
  { verb, names, json }: Batch,
  action: (name: string) => Promise<Result>,
): Promise<void> {
  const results: Result[] = [];
  const failures: CubicError[] = [];
  const unique = [...new Set(names)];
  try {
    for (const name of unique) {
      try {
        results.push(await action(name));
      } catch (error) {
        const failure = describeFailure(`${verb} "${name}"`, error);
        if (failure.code === "interrupted" || unique.length === 1) throw failure;
        printError(context.ui, failure);
        failures.push(failure);
      }
      context.ui.settle();
    }
  } finally {
    if (json) await context.ui.json(results);
  }
  const [first] = failures;
  if (!first) return;
  throw new CubicError(
    first.code,
    `Cannot ${verb} ${failures.length} of ${unique.length} instances`,
  );
}
