/** `cubic distro update` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { jsonOption, yesOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { agreed } from "./agree.ts";

/** Updates an added distribution. */
export function distroUpdateCommand(context: Context): CommandUnknownOpts {
  return new Command("update")
    .summary("read an added distribution anew from its source")
    .description(
      "Read an added distribution anew from the path or URL it came from, show what changed, ask, and " +
        "keep the SHA-256 of the new file.",
    )
    .argument("<name>", "added distribution")
    .addOption(yesOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic distro update mydistro\n  cubic distro update mydistro --yes",
    )
    .action(async (name, flags) => {
      const { findUpdate, updateDistro } = await import("../../plugins/registry/update.ts");
      const { describeDistro, renderChanges } = await import("../ui/distros.ts");
      const app = await context.load();
      const update = await findUpdate(app, name, operation(context));
      if (!update) {
        return await printResult(context, flags, {
          value: { name, updated: false },
          note: () => `${name} is up to date`,
        });
      }
      if (update.tampered) {
        const text = `The file of ${name} in use is not the one that was added; it is replaced`;
        context.ui.report({ kind: "warning", text });
      }
      // Who is asked has to see what about, also with --quiet.
      const changes = renderChanges(update.changes, update.diff);
      if (changes !== "") flags.yes ? context.ui.note(changes) : context.ui.err(changes);
      if (!flags.yes && !(await agreed(context, `Update ${name}?`))) {
        const value = { name, updated: false };
        return await printResult(context, flags, { value, note: () => "Nothing updated" });
      }
      await updateDistro(app, update, operation(context));
      const { candidate } = update;
      const distro = describeDistro({ ...candidate.distro, added: candidate }, app.config);
      await printResult(context, flags, {
        value: { ...distro, updated: true },
        note: () => `Updated ${name}`,
      });
    });
}
