/** `cubic image`: the commands for images. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { imageBuildCommand } from "./image/build.ts";

/** The group of commands for images. */
export function imageCommand(context: Context): CommandUnknownOpts {
  return new Command("image")
    .summary("build images")
    .description("Commands for images.")
    .helpCommand(false)
    .addCommand(imageBuildCommand(context));
}
