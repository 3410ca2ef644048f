/** config.toml: whether it can be read, and whether what it says can be used. */
import { trustingClient } from "../http.ts";
import { readConfigFile } from "../config.ts";
import { type Check, type Found, orFine } from "./finding.ts";

/** The settings. */
export const settingsCheck: Check = {
  name: "Settings",
  about: "state",
  async look({ config, distros, paths }) {
    const { mirror, values } = await readConfigFile(paths.configFile);
    const strays = Object.keys(mirror).filter((name) => !distros.some((one) => one.name === name));
    const found = strays.map((name): Found => ({
      level: "note",
      text: `there is a mirror for ${name}, and no such distribution`,
      remedy: `\`cubic config unset mirror.${name}\``,
    }));
    // Throws, and says which file is wrong.
    if (config.caFile !== undefined) (await trustingClient(config.caFile)).close();
    const count = values.size + Object.keys(mirror).length;
    return orFine(found, count === 0 ? "defaults" : `${count} set in ${paths.configFile}`);
  },
};
