/** `cubic distro init` */
import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { printResult } from "../output.ts";

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
    .addOption(jsonOption())
    .addHelpText("after", EXAMPLES)
    .action(async (name, { format, json }) => {
      const { initDistro } = await import("../../plugins/scaffold.ts");
      const written = await initDistro({ name, kind: format });
      const { plugin, fixtures, types } = written;
      const check = `cubic distro check ./${name}.${format} --fixtures ./${name}.fixtures`;
      await printResult(context, { json }, {
        value: written,
        text: () => [plugin, fixtures, ...types === undefined ? [] : [types]].join("\n"),
        note: () => `Check it: \`${check}\``,
      });
    });
}
