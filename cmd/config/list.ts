/** `cubic config list` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { SettingReport } from "../../core/config_settings.ts";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption, printResult } from "../output.ts";
import { renderTable } from "../ui/table.ts";

/** Lists the settings. */
export function configListCommand(context: Context): CommandUnknownOpts {
  return new Command("list")
    .alias("ls")
    .summary("list the settings and where they are from")
    .description("List every setting, its value, and where that is from.")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText("after", "\nExamples:\n  cubic config list\n  cubic config ls --json")
    .action(async (flags) => {
      const { listSettings } = await import("../../core/config_settings.ts");
      const settings = await listSettings(await context.load());
      await printResult(context, flags, {
        value: settings,
        names: () => settings.map(({ key }) => key),
        text: (width) => render(settings, width),
      });
    });
}

const COLUMNS = [{ title: "SETTING" }, { title: "VALUE" }, { title: "FROM" }];

function render(settings: readonly SettingReport[], width: number): string {
  return renderTable(
    COLUMNS,
    settings.map(({ key, value, from, variable }) => [
      key,
      value === null ? "-" : String(value),
      variable ?? { file: "config.toml", default: "default", environment: "environment" }[from],
    ]),
    width,
  );
}
