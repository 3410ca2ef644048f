/** `cubic delete` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import type { Doomed } from "../core/instances/doomed.ts";
import { formatSize } from "../core/size.ts";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { jsonOption, yesOption } from "./options.ts";
import { formatOption, outputForm, printResult } from "./output.ts";
import { renderTable } from "./ui/table.ts";

/** Deletes instances. */
export function deleteCommand(context: Context): CommandUnknownOpts {
  return new Command("delete")
    .description(
      "Remove instances with everything on their disks. Running ones are cut off; protected ones are left. " +
        "Their images stay: `cubic prune --images` removes those that nothing stands on.",
    )
    .argument("[names...]", "instances")
    .option("-a, --all", "all instances")
    .option("-f, --force", "do not ask, and pass over names that there are not")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic delete web\n  cubic delete web db --yes\n  cubic delete --all",
    )
    .action(async (names, flags) => {
      const { all, force, yes, json, format } = flags;
      const talks = outputForm(flags) === "table";
      requireChoice(names, all === true);
      const { deleteDoomed, protectedError } = await import("../core/instances/delete.ts");
      const { findDoomed } = await import("../core/instances/doomed.ts");
      const app = await context.load();
      const request = { names, ...(all && { all }), ...(force && { missingOk: true }) };
      const doomed = await findDoomed(app, request);
      const kept = doomed.find((instance) => instance.protected);
      // Named ones are all deleted or none; with --all it is known that there are some to be left.
      if (kept && !all) throw protectedError(kept.name);
      const free = doomed.filter((instance) => !instance.protected);
      const ask = free.length > 0 && !yes && !force;
      if (ask && !(await confirmed(context, free))) {
        return await printResult(context, flags, { value: [], note: () => "Nothing deleted" });
      }
      if (doomed.length === 0 && talks) return context.ui.note("There is nothing to delete.");
      const shown = new Map(doomed.map((instance) => [instance.name, instance]));
      const batch = { verb: "delete", names: doomed.map(({ name }) => name), json, format };
      await forEachName(context, batch, async (name) => {
        await deleteDoomed(app, shown.get(name) ?? { name, uuid: undefined }, operation(context));
        if (talks) context.ui.note(`Deleted ${name}`);
        return { name };
      });
    });
}

function requireChoice(names: readonly string[], all: boolean): void {
  if (all === names.length > 0) {
    throw new CubicError("usage", "Cannot tell which instances to delete", {
      hint: "Name some, or use --all for every one of them. `cubic instances` lists them.",
    });
  }
}

async function confirmed(
  { ui, signal }: Context,
  doomed: readonly Doomed[],
): Promise<boolean> {
  const columns = [{ title: "NAME" }, { title: "STATE" }, {
    title: "SIZE",
    align: "right" as const,
  }];
  const rows = doomed.map(({ name, state, bytes }) => [name, state, formatSize(bytes)]);
  const what = doomed.length === 1 ? "it with its disk" : `these ${doomed.length} with their disks`;
  const question = `${renderTable(columns, rows)}\nDelete ${what}?`;
  const answer = await ui.confirm(question, signal);
  if (answer !== undefined) return answer;
  throw new CubicError("usage", "Cannot ask whether to delete: there is no terminal", {
    hint: "Add --yes if you are sure.",
  });
}
