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
  image              what instances are made of when no --image is given
  user               user in new instances
  cpus               processors of new instances
  memory             memory of new instances, as in 4G
  disk               size of new disks, as in 50G
  mirror.<distro>    fetch the images of a distribution from this base URL, as
                     in mirror.debian; CUBIC_MIRROR_DEBIAN wins over it
  ca-file            PEM file with more certificate authorities to trust;
                     CUBIC_CA_FILE wins over it, SSL_CERT_FILE counts last
  require-signature  refuse images whose vendor signs nothing: true or false;
                     CUBIC_REQUIRE_SIGNATURE wins over it

CUBIC_IMAGE, CUBIC_USER, CUBIC_CPUS, CUBIC_MEMORY and CUBIC_DISK win over the
first five, and options of \`create\` and \`run\` over all.

Examples:
  cubic config set image debian
  cubic config set memory 4G
  cubic config list`;

/** The group of commands for the settings. */
export function configCommand(context: Context): CommandUnknownOpts {
  return new Command("config")
    .description("Tell and change settings. They are in config.toml; the environment wins over it.")
    .helpCommand(false)
    .addHelpText("after", SETTINGS)
    .addCommand(configListCommand(context))
    .addCommand(configGetCommand(context))
    .addCommand(configSetCommand(context))
    .addCommand(configUnsetCommand(context))
    .addCommand(configPathCommand(context));
}
