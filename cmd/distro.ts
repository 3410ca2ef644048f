/** `cubic distro`: the commands for distributions. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { distroAddCommand } from "./distro/add.ts";
import { distroCheckCommand } from "./distro/check.ts";
import { distroInitCommand } from "./distro/init.ts";
import { distroListCommand } from "./distro/list.ts";
import { distroRemoveCommand } from "./distro/remove.ts";
import { distroShowCommand } from "./distro/show.ts";
import { distroTrustCommand } from "./distro/trust.ts";
import { distroUpdateCommand } from "./distro/update.ts";

/** The group of commands for distributions. */
export function distroCommand(context: Context): CommandUnknownOpts {
  return new Command("distro")
    .description("Commands for distributions: those that come with cubic, and your own as plugins.")
    .helpCommand(false)
    .addCommand(distroListCommand(context))
    .addCommand(distroShowCommand(context))
    .addCommand(distroAddCommand(context))
    .addCommand(distroCheckCommand(context))
    .addCommand(distroUpdateCommand(context))
    .addCommand(distroRemoveCommand(context))
    .addCommand(distroTrustCommand(context))
    .addCommand(distroInitCommand(context));
}
