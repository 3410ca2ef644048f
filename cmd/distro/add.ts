/** `cubic distro add` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Context, operation } from "../context.ts";
import { jsonOption, yesOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { agreed } from "./agree.ts";
import { loopbackOption } from "./options.ts";

const EXAMPLES = `
Examples:
  cubic distro add ./mydistro.ts
  cubic distro add https://example.org/mydistro.toml
  cubic create web --image mydistro`;

/** Adds a distribution. */
export function distroAddCommand(context: Context): CommandUnknownOpts {
  return new Command("add")
    .summary("add a distribution from a plugin")
    .description(
      "Add a distribution from a plugin: one TypeScript, JavaScript, TOML or YAML file. It runs in a " +
        "sandbox and fetches from its declared hosts only. Its SHA-256 is kept, and the file is " +
        "refused when it was changed since.",
    )
    .argument("<source>", "path or https URL of the plugin")
    .addOption(yesOption())
    .addOption(loopbackOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", EXAMPLES)
    .action(async (source, flags) => {
      const { readCandidate, requireOwnNames } = await import(
        "../../plugins/registry/candidate.ts"
      );
      const { addDistro } = await import("../../plugins/registry/add.ts");
      const { describeDistro, renderCandidate } = await import("../ui/distros.ts");
      const app = await context.load();
      const request = { source, allowLoopback: flags.allowLoopback === true };
      const candidate = await readCandidate(app, request, operation(context));
      requireOwnNames(candidate.distro, app.distros);
      // Who is asked has to see what about, also with --quiet.
      const facts = renderCandidate(candidate.distro, candidate);
      flags.yes ? context.ui.note(facts) : context.ui.err(facts);
      if (!flags.yes && !(await agreed(context, `Add ${candidate.distro.name}?`))) {
        return context.ui.note("Nothing added");
      }
      const { facts: { name } } = await addDistro(app, candidate, operation(context));
      await printResult(context, flags, {
        value: describeDistro({ ...candidate.distro, added: candidate }, app.config),
        note: () => `Added ${name}. Try it: \`cubic distro check ${name}\``,
      });
    });
}
