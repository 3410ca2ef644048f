/** `cubic config`: the commands for the settings. */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { configGetCommand } from "./config/get.ts";
import { configListCommand } from "./config/list.ts";
import { configPathCommand } from "./config/path.ts";
import { configSetCommand } from "./config/set.ts";
import { configUnsetCommand } from "./config/unset.ts";
import type { Context } from "./context.ts";

const SETTINGS = `
Settings:
  mirror.<distro>    fetch the images of a distribution from this base URL, as
                     in mirror.debian
  ca-file            PEM file with more certificate authorities to trust;
                     CUBIC_CA_FILE wins over it, SSL_CERT_FILE counts last
  require-signature  refuse images whose vendor signs nothing: true or false;
                     CUBIC_REQUIRE_SIGNATURE wins over it`;

/** The group of commands for the settings. */
export function configCommand(context: Context): CommandUnknownOpts {
  return new Command("config")
    .summary("tell and change settings")
    .description("Tell and change settings. They are in config.toml; the environment wins over it.")
    .helpCommand(false)
    .addHelpText("after", SETTINGS)
    .addCommand(configListCommand(context))
    .addCommand(configGetCommand(context))
    .addCommand(configSetCommand(context))
    .addCommand(configUnsetCommand(context))
    .addCommand(configPathCommand(context));
}
