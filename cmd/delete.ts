/** `cubic delete` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { type Context, operation } from "./context.ts";
import { forEachName } from "./each.ts";
import { jsonOption, yesOption } from "./options.ts";

/** Deletes instances. */
export function deleteCommand(context: Context): CommandUnknownOpts {
  return new Command("delete")
    .summary("remove instances with their disks")
    .description("Remove instances with everything on their disks. Running ones are cut off.")
    .argument("<names...>", "instances")
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(async (names, flags) => {
      const { deleteInstance } = await import("../core/instances/delete.ts");
      const { instanceExists, readInstance } = await import("../core/instances/store.ts");
      const app = await context.load();
      for (const name of names) {
        if (!(await instanceExists(app.paths, name))) await readInstance(app.paths, name);
      }
      if (!flags.yes && !(await confirmed(context, names))) {
        return context.ui.note("Nothing deleted");
      }
      const batch = { verb: "delete", names, json: flags.json === true };
      await forEachName(context, batch, async (name) => {
        await deleteInstance(app, name, operation(context));
        if (!flags.json) context.ui.note(`Deleted ${name}`);
        return { name };
      });
    });
}

async function confirmed({ ui, signal }: Context, names: readonly string[]): Promise<boolean> {
  const answer = await ui.confirm(`Delete ${names.join(", ")} with all data?`, signal);
  if (answer !== undefined) return answer;
  throw new CubicError("usage", "Cannot ask whether to delete: there is no terminal", {
    hint: "Add --yes if you are sure.",
  });
}
