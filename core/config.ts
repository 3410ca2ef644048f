/** The user's settings: `config.toml`, read once at start. */
import { CubicError, describeFailure } from "./errors.ts";
import { readTextIfThere } from "./atomic.ts";

/** The settings, with their defaults filled in. */
export interface Config {
  /** Base URLs that replace a distribution's own, by its name: `[mirror] debian = "https://…"`. */
  readonly mirror: Readonly<Record<string, string>>;
}

/** The settings of somebody who has set nothing. */
export const DEFAULT_CONFIG: Config = { mirror: {} };

/**
 * Reads the settings. The parser is loaded only when there is a file to parse.
 * @throws CubicError "config-broken" naming file and place; a broken file is never replaced by defaults.
 */
export async function loadConfig(path: string): Promise<Config> {
  const text = await readTextIfThere(path).catch((error) => {
    throw describeFailure(`read the settings in ${path}`, error);
  });
  if (text === undefined) return DEFAULT_CONFIG;
  const { parse } = await import("smol-toml");
  const v = await import("valibot");
  const schema = v.strictObject({
    mirror: v.optional(v.record(v.string(), v.pipe(v.string(), v.url())), {}),
  });
  try {
    return v.parse(schema, parse(text));
  } catch (error) {
    throw new CubicError("config-broken", `Cannot read the settings in ${path}`, {
      hint: "Mend the file, or move it away to use the defaults.",
      details: error instanceof v.ValiError
        ? `${v.getDotPath(error.issues[0]) ?? "file"}: ${error.issues[0].message}`
        : error instanceof Error
        ? error.message.trim()
        : String(error),
      cause: error,
    });
  }
}
