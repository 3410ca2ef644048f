/** `cubic image`: the commands for images. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { imageBuildCommand } from "./image/build.ts";
import { imageExportCommand } from "./image/export.ts";
import { imageImportCommand } from "./image/import.ts";
import { imageListCommand } from "./image/list.ts";
import { imagePullCommand } from "./image/pull.ts";
import { imageRefreshCommand } from "./image/refresh.ts";
import { imageRemoveCommand } from "./image/remove.ts";
import { imageShowCommand } from "./image/show.ts";

/** The group of commands for images. */
export function imageCommand(context: Context): CommandUnknownOpts {
  return new Command("image")
    .description("Commands for the images in the store. `cubic images` lists those to choose from.")
    .helpCommand(false)
    .addCommand(imageListCommand(context))
    .addCommand(imageShowCommand(context))
    .addCommand(imagePullCommand(context))
    .addCommand(imageRefreshCommand(context))
    .addCommand(imageRemoveCommand(context))
    .addCommand(imageImportCommand(context))
    .addCommand(imageExportCommand(context))
    .addCommand(imageBuildCommand(context));
}
