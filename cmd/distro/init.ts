/** `cubic distro init` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

const EXAMPLES = `
Examples:
  cubic distro init mydistro
  cubic distro check ./mydistro.ts --fixtures ./mydistro.fixtures
  cubic distro init mydistro --format toml`;

/** Starts a new plugin. */
export function distroInitCommand(context: Context): CommandUnknownOpts {
  return new Command("init")
    .summary("start a plugin of your own")
    .description(
      "Write a new plugin into the current directory, with a recorded answer of its server, so that " +
        "its check passes at once. Nothing is overwritten.",
    )
    .argument("<name>", "the distribution's name, as image names will have it")
    .addOption(
      new Option("--format <format>", "what to write it in")
        .choices(["ts", "js", "toml", "yaml"] as const).default("ts" as const),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (name, { format }) => {
      const { initDistro } = await import("../../plugins/scaffold.ts");
      const { plugin, fixtures, types } = await initDistro({ name, kind: format });
      await context.ui.out([plugin, fixtures, ...types === undefined ? [] : [types]].join("\n"));
      context.ui.note(
        `Check it: \`cubic distro check ./${name}.${format} --fixtures ./${name}.fixtures\``,
      );
    });
}
