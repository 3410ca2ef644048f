/** `cubic upgrade` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Upgrade } from "../core/upgrade/upgrade.ts";
import { CubicError } from "../core/errors.ts";
import { type Context, operation } from "./context.ts";
import { jsonOption } from "./options.ts";
import { formatOption, printResult } from "./output.ts";
import { printableLine } from "./ui/text.ts";
import { VERSION } from "./version.ts";

/** Replaces the program by another version. */
export function upgradeCommand(context: Context): CommandUnknownOpts {
  return new Command("upgrade")
    .description(
      "Replace this program by its newest version, verified by SHA-256 and in one step. Only for one that install.sh " +
        "installed; package managers have their own way. Nothing is ever looked for by itself.",
    )
    .option("--check", "only tell whether there is a newer version")
    .option(
      "--version <version>",
      "this version instead of the newest, also an older one",
      versionValue,
    )
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic upgrade\n  cubic upgrade --check --json\n  cubic upgrade --version 0.1.0",
    )
    .action(async (flags) => {
      const { upgrade } = await import("../core/upgrade/upgrade.ts");
      const request = {
        program: Deno.build.standalone ? Deno.execPath() : undefined,
        current: VERSION,
        version: flags.version,
        check: flags.check ?? false,
      };
      const value = await upgrade(await context.load(), request, operation(context));
      await printResult(context, flags, { value, note: () => printableLine(said(value)) });
    });
}

function said({ current, target, available, upgraded }: Upgrade): string {
  if (upgraded) return `Upgraded from ${current} to ${target}`;
  if (available) return `There is version ${target}; this is ${current}`;
  return current === target
    ? `This is version ${current} already`
    : `This is version ${current}, newer than ${target}`;
}

/** Reads a version, with or without the v of its tag. */
function versionValue(text: string): string {
  const version = text.replace(/^v/, "");
  if (/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) return version;
  throw new CubicError("invalid-value", `Cannot use "${text}" as a version`, {
    hint: "Write three numbers, such as 0.1.0.",
  });
}
