/** `cubic schema` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";
import { didYouMean } from "../core/names.ts";
import { findCommand, pathOf } from "./command_tree.ts";
import type { Context } from "./context.ts";

/** Prints the schema of what a command prints with --json. */
export function schemaCommand(context: Context, root: CommandUnknownOpts): CommandUnknownOpts {
  return new Command("schema")
    .description(
      "Print the JSON Schema of what a command prints with --json; without a command, those of all. " +
        "`cubic help json` tells what stays the same from version to version.",
    )
    .argument("[command...]", "command that takes --json, as in image list")
    .addHelpText("after", "\nExamples:\n  cubic schema instances\n  cubic schema image list")
    .action(async (words) => {
      const { RESULTS, schemaOf, VERSION } = await import("./schema/results.ts");
      if (words.length === 0) {
        const commands = Object.keys(RESULTS).map((path) => [path, schemaOf(path)]);
        return await context.ui.json({
          version: VERSION,
          commands: Object.fromEntries(commands),
        });
      }
      const path = pathOf(findCommand(root, words));
      const schema = schemaOf(path);
      if (schema) return await context.ui.json(schema);
      throw new CubicError("usage", `Cannot find a schema: \`cubic ${path}\` takes no --json`, {
        hint: didYouMean(path, Object.keys(RESULTS)) ?? "`cubic help json` lists those that do.",
      });
    });
}
