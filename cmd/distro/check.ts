/** `cubic distro check` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { exitStatus } from "../../core/errors.ts";
import { type Context, operation } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { loopbackOption } from "./options.ts";

const EXAMPLES = `
Examples:
  cubic distro check debian
  cubic distro check ./mydistro.ts
  cubic distro check ./mydistro.ts --fixtures ./mydistro.fixtures`;

/** Checks a distribution. */
export function distroCheckCommand(context: Context): CommandUnknownOpts {
  return new Command("check")
    .summary("check that a distribution keeps the contract")
    .description(
      "Ask a distribution for every release and image it has, and check the answers against the " +
        "contract. No image is downloaded. Exit status 1 when a check fails.",
    )
    .argument("<distro>", "name of a distribution, or path or https URL of a plugin")
    .option("--fixtures <dir>", "read <dir>/<host>/<path> instead of fetching")
    .addOption(loopbackOption())
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", EXAMPLES)
    .action(async (target, flags) => {
      const { checkPlugin } = await import("../../plugins/registry/check.ts");
      const { renderChecks } = await import("../ui/distros.ts");
      const { fixtures, allowLoopback = false } = flags;
      const request = { target, allowLoopback, ...(fixtures !== undefined && { fixtures }) };
      const { distro: { name }, ok, checks } = await checkPlugin(
        await context.load(),
        request,
        operation(context),
      );
      if (!ok) context.exit(exitStatus("plugin-failed"));
      await printResult(context, flags, {
        value: { name, ok, checks },
        text: () => renderChecks(name, checks, (text, style) => context.ui.styleOut(text, style)),
      });
    });
}
