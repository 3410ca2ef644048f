/** The user's settings: `config.toml` and the environment, read once at start. */
import { dirname } from "node:path";
import { readTextIfThere } from "./atomic.ts";
import { parseSetting, SETTINGS } from "./config_keys.ts";
import { findMirrors, MIRROR, parseMirror } from "./config_mirrors.ts";
import type { Setting, SettingFields, SettingValue } from "./config_keys.ts";
import { CubicError, describeFailure } from "./errors.ts";
import { didYouMean } from "./names.ts";

/** The settings, with their defaults filled in. */
export interface Config extends SettingFields {
  /** Base URLs that replace a distribution's own, by its name: `[mirror] debian = "https://…"`. */
  readonly mirror: Readonly<Record<string, string>>;
}

/** The settings of somebody who has set nothing. */
export const DEFAULT_CONFIG: Config = { mirror: {} };

/** What config.toml says. */
export interface ConfigFile {
  readonly mirror: Readonly<Record<string, string>>;
  /** By the key of the setting. */
  readonly values: ReadonlyMap<string, SettingValue>;
}

/** Where a value is from. */
export interface FoundValue {
  readonly value: SettingValue;
  readonly from: "file" | "environment";
  /** The environment variable it is from. */
  readonly variable?: string;
}

type Env = (name: string) => string | undefined;

/**
 * Reads the settings; the environment wins over the file. Mirrors in the environment can only be found for the
 * distributions that are named.
 * @throws CubicError "config-broken" naming file and place, "invalid-value" naming an environment variable; a broken
 * file is never replaced by defaults.
 */
export async function loadConfig(
  path: string,
  env: Env = () => undefined,
  distros: readonly { readonly name: string }[] = [],
): Promise<Config> {
  const file = await readConfigFile(path);
  const fields = SETTINGS.flatMap((setting) => {
    const found = findValue(setting, file, env);
    if (found === undefined) return [];
    return [[setting.field, setting.read?.(found.value) ?? found.value]];
  });
  const mirrors = findMirrors(file.mirror, env, distros).map((
    { distro, value },
  ) => [distro, value]);
  return { mirror: Object.fromEntries(mirrors), ...Object.fromEntries(fields) };
}

/** The value of a setting, and where it is from; undefined when it is not set. */
export function findValue(setting: Setting, file: ConfigFile, env: Env): FoundValue | undefined {
  const value = file.values.get(setting.key);
  return fromEnvironment(setting, setting.env, env) ??
    (value === undefined ? undefined : { value, from: "file" }) ??
    (setting.fallbackEnv === undefined
      ? undefined
      : fromEnvironment(setting, setting.fallbackEnv, env));
}

function fromEnvironment(setting: Setting, variable: string, env: Env): FoundValue | undefined {
  const text = env(variable);
  if (text === undefined) return undefined;
  const value = setting.parse(text, Deno.cwd());
  if (value !== undefined) return { value, from: "environment", variable };
  throw new CubicError("invalid-value", `Cannot use "${text}" for ${variable}`, {
    hint: `It takes ${setting.allowed}, as the setting ${setting.key} does.`,
  });
}

/**
 * Reads config.toml; one that is not there says nothing.
 * @throws CubicError "config-broken"
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const text = await readTextIfThere(path).catch((error) => {
    throw describeFailure(`read the settings in ${path}`, error);
  });
  return await parseConfig(text ?? "", path);
}

/**
 * Reads the text of a config.toml; `path` is for the message, and what paths in it are relative to. The parser is
 * loaded only when there is something to parse.
 * @throws CubicError "config-broken"
 */
export async function parseConfig(text: string, path: string): Promise<ConfigFile> {
  if (text === "") return { mirror: {}, values: new Map() };
  const { parse } = await import("smol-toml");
  try {
    return readTable(parse(text), dirname(path));
  } catch (error) {
    throw new CubicError("config-broken", `Cannot read the settings in ${path}`, {
      hint: "Mend the file, or move it away to use the defaults.",
      details: error instanceof Error ? error.message.trim() : String(error),
      cause: error,
    });
  }
}

function readTable(table: Readonly<Record<string, unknown>>, directory: string): ConfigFile {
  const { [MIRROR]: mirror = {}, ...rest } = table;
  const values = Object.entries(rest).map(([key, value]) =>
    [key, readValue(key, value, directory)] as const
  );
  return { mirror: readMirrors(mirror), values: new Map(values) };
}

function readValue(key: string, value: unknown, directory: string): SettingValue {
  const setting = SETTINGS.find((setting) => setting.key === key);
  if (!setting) {
    const near = didYouMean(key, [MIRROR, ...SETTINGS.map(({ key }) => key)]);
    throw new Error([`${key}: there is no such setting.`, near].filter(Boolean).join(" "));
  }
  const type: string = typeof value;
  if (type !== setting.type) throw new Error(`${key}: it takes ${setting.allowed}`);
  return at(key, () => parseSetting(setting, String(value), directory));
}

function readMirrors(table: unknown): Record<string, string> {
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new Error(`${MIRROR}: it is a table, [${MIRROR}]`);
  }
  return Object.fromEntries(
    Object.entries(table).map(([distro, url]) => [
      distro,
      at(`${MIRROR}.${distro}`, () => parseMirror(String(url))),
    ]),
  );
}

/** Says where in the file it is wrong. */
function at<Value>(key: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CubicError)) throw error;
    throw new Error(`${key}: ${error.message}. ${error.hint}`, { cause: error });
  }
}
