/** Commands that take several instances do as much as they can, then fail once. */
import type { App } from "../core/app.ts";
import { CubicError, describeFailure } from "../core/errors.ts";
import type { ListedInstance } from "../core/instances/inspect.ts";
import type { Context } from "./context.ts";
import { type OutputForm, printResult } from "./output.ts";
import { printError } from "./ui/errors.ts";

/** What to do to which instances. */
export interface Batch {
  /** What is done to each, for messages: `stop`. */
  readonly verb: string;
  readonly names: readonly string[];
  /** The form in which the results are printed. */
  readonly json?: boolean | undefined;
  readonly format?: OutputForm | undefined;
  /** How many at once, for what takes nothing but time; 1 when left out. */
  readonly sideBySide?: number;
}

/**
 * Does something for each name, one after the other unless told otherwise. For programs the results of those that
 * succeeded are printed, whatever becomes of the others.
 * @throws CubicError the failure itself when there is one name, a summary with the first one's code when there
 * are more; each of those was printed.
 */
export async function forEachName<Result>(
  context: Context,
  { verb, names, json, format, sideBySide = 1 }: Batch,
  action: (name: string) => Promise<Result>,
): Promise<void> {
  const unique = [...new Set(names)];
  const results = new Map<string, Result>();
  const failures: CubicError[] = [];
  const one = async (name: string): Promise<void> => {
    try {
      results.set(name, await action(name));
    } catch (error) {
      const failure = describeFailure(`${verb} "${name}"`, error);
      if (failure.code === "interrupted" || unique.length === 1) throw failure;
      printError(context.ui, failure);
      failures.push(failure);
    }
    context.ui.settle();
  };
  try {
    await inLanes(unique, sideBySide, one);
  } finally {
    const value = unique.flatMap((name) => results.has(name) ? [results.get(name)] : []);
    await printResult(context, { json: json || undefined, format }, { value });
  }
  const [first] = failures;
  if (!first) return;
  throw new CubicError(
    first.code,
    `Cannot ${verb} ${failures.length} of ${unique.length} instances`,
  );
}

/** Begins none after a failure, and lets nothing go on behind its back. */
async function inLanes(
  names: readonly string[],
  lanes: number,
  one: (name: string) => Promise<void>,
): Promise<void> {
  const rest = [...names];
  const lane = async (): Promise<void> => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
      await one(name).catch((error) => {
        rest.length = 0;
        throw error;
      });
    }
  };
  const all = Array.from({ length: Math.min(lanes, names.length) }, lane);
  await Promise.allSettled(all);
  await Promise.all(all);
}

/** Which instances are meant: some by name, or with --all those that the command is for. */
export interface Choice {
  readonly verb: string;
  readonly names: readonly string[];
  readonly all?: true | undefined;
  /** Those of --all; broken ones never are. */
  readonly allOf: (entry: Exclude<ListedInstance, { readonly problem: string }>) => boolean;
}

/**
 * The names of those instances.
 * @throws CubicError "usage" when there are neither names nor --all, or both.
 */
export async function chosenNames(
  app: App,
  { verb, names, all, allOf }: Choice,
): Promise<readonly string[]> {
  if (all && names.length > 0) {
    throw new CubicError("usage", `Cannot ${verb} both "${names[0]}" and all instances`, {
      hint: "Leave out the names or --all.",
    });
  }
  if (names.length > 0) return names;
  if (!all) {
    throw new CubicError("usage", `Cannot tell what to ${verb}`, {
      hint: `Name instances, as in \`cubic ${verb} web\`, or use --all.`,
    });
  }
  const { listInstances } = await import("../core/instances/inspect.ts");
  return (await listInstances(app)).flatMap((entry) =>
    "status" in entry && allOf(entry) ? [entry.name] : []
  );
}
