/** `cubic prune` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Prunable, PruneKind } from "../core/doctor/prunable.ts";
import { CubicError, describeFailure } from "../core/errors.ts";
import { formatSize } from "../core/size.ts";
import { type Context, operation } from "./context.ts";
import { jsonOption, yesOption } from "./options.ts";
import { formatOption, outputForm, printResult } from "./output.ts";
import { printError } from "./ui/errors.ts";
import { describePrunable, renderPrunable } from "./ui/prune.ts";

/** Frees disk space. */
export function pruneCommand(context: Context): CommandUnknownOpts {
  return new Command("prune")
    .description(
      "Show what nobody needs and what each thing takes, ask, and remove it. Without a kind it is all but images.",
    )
    .option("--images", "images that no instance stands on")
    .option("--cache", "partial downloads, and package files of image builds")
    .option("--leftovers", "what killed commands left, dead sockets, logs of the start before")
    .option("--layers", "disks that clones stood on")
    .option("--expired", "instances whose --ttl has passed; running ones are cut off")
    .option("--temporary", "instances of `run --rm` whose session is gone")
    .option("-a, --all", "all kinds, images too")
    .option("-n, --dry-run", "only show it")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nProtected instances are never removed.\n\nExamples:\n  cubic prune --dry-run\n" +
        "  cubic prune --yes\n  cubic prune --images --cache",
    )
    .action(async (flags) => {
      const { findPrunable } = await import("../core/doctor/prune.ts");
      const app = await context.load();
      const items = await findPrunable(app, await chosenKinds(flags));
      const talks = outputForm(flags) === "table";
      if (items.length === 0 && talks) return context.ui.note("There is nothing to free.");
      if (flags.dryRun) return await printFound(context, flags, items);
      const ask = items.length > 0 && !flags.yes;
      if (ask && !(await confirmed(context, items))) {
        return await printResult(context, flags, {
          value: items.map((item) => describePrunable(item, false)),
          note: () => "Nothing removed",
        });
      }
      const { removed, failures } = await removeAll(context, items);
      await printResult(context, flags, {
        value: items.map((item) => describePrunable(item, removed.includes(item))),
        text: () => undefined,
      });
      if (talks) context.ui.note(`Freed ${formatSize(total(removed))}`);
      const [first] = failures;
      if (first) {
        throw new CubicError(
          first.code,
          `Cannot remove ${failures.length} of ${items.length} things`,
        );
      }
    });
}

type Flags =
  & Readonly<Partial<Record<PruneKind | "all" | "dryRun" | "yes" | "json", true>>>
  & Parameters<typeof printResult>[1];

async function chosenKinds(flags: Flags): Promise<readonly PruneKind[]> {
  const { PRUNE_KINDS, SAFE_KINDS } = await import("../core/doctor/prunable.ts");
  if (flags.all) return PRUNE_KINDS;
  const chosen = PRUNE_KINDS.filter((kind) => flags[kind]);
  return chosen.length > 0 ? chosen : SAFE_KINDS;
}

async function printFound(
  context: Context,
  flags: Flags,
  items: readonly Prunable[],
): Promise<void> {
  await printResult(context, flags, {
    value: items.map((item) => describePrunable(item, false)),
    names: () => items.map(({ name }) => name),
    text: (width) => renderPrunable(items, total(items), width),
  });
}

async function confirmed({ ui, signal }: Context, items: readonly Prunable[]): Promise<boolean> {
  const question = `${renderPrunable(items, total(items))}\nRemove all of this?`;
  const answer = await ui.confirm(question, signal);
  if (answer !== undefined) return answer;
  throw new CubicError("usage", "Cannot ask whether to remove: there is no terminal", {
    hint: "Add --yes if you are sure; `cubic prune --dry-run` shows what would go.",
  });
}

/** As much as can be removed; what can't is told at once. */
async function removeAll(
  context: Context,
  items: readonly Prunable[],
): Promise<{ readonly removed: readonly Prunable[]; readonly failures: readonly CubicError[] }> {
  const { prune } = await import("../core/doctor/prune.ts");
  const app = await context.load();
  const removed: Prunable[] = [];
  const failures: CubicError[] = [];
  for (const item of items) {
    try {
      if (await prune(app, item, operation(context))) removed.push(item);
    } catch (error) {
      const failure = describeFailure(`remove ${item.name}`, error);
      if (failure.code === "interrupted") throw failure;
      printError(context.ui, failure);
      failures.push(failure);
    }
  }
  return { removed, failures };
}

function total(items: readonly Prunable[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0);
}
