/** `cubic image show` */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonOption } from "../options.ts";
import { formatOption } from "../output.ts";
import { printImage } from "../shown_image.ts";

/** Shows one image. */
export function imageShowCommand(context: Context): CommandUnknownOpts {
  return new Command("show")
    .summary("show all about an image")
    .description("Show all about an image: a stored one, or else what its vendor offers.")
    .argument("<image>", "image")
    .option("--verify", "read the stored file again and compare it with its digest")
    .addOption(jsonOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExamples:\n  cubic image show debian\n  cubic image show fedora:44 --verify",
    )
    .action(async (name, flags) => await printImage(context, await context.load(), name, flags));
}
