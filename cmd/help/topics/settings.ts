/** `cubic help settings` */

/** The settings, from the list of them. */
export async function text(): Promise<string> {
  const { SETTINGS } = await import("../../../core/config_keys.ts");
  const lines = SETTINGS.map(({ key, describe, env }) => `  ${key}\n      ${describe}; ${env}`);
  return `
SETTINGS

Settings are in config.toml; \`cubic config path\` prints where that is. What the
command line says wins over the environment, and that over config.toml.

${lines.join("\n")}
  mirror.<distro>
      base URL to fetch a distribution's images from, as in mirror.debian

  cubic config list                    all settings and where they are from
  cubic config set require-signature true
  cubic config unset require-signature
`;
}
