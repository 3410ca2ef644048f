/** What `cubic config` does: tell settings, set them, unset them. */
import { dirname } from "node:path";
import type { App } from "./app.ts";
import { ensureDir, readTextIfThere, writeAtomic } from "./atomic.ts";
import { findValue, parseConfig, readConfigFile } from "./config.ts";
import { editToml } from "./config_edit.ts";
import { parseSetting, SETTINGS } from "./config_keys.ts";
import { findMirrors, MIRROR, mirrorVariable, parseMirror } from "./config_mirrors.ts";
import type { Setting, SettingValue } from "./config_keys.ts";
import { CubicError } from "./errors.ts";
import { acquireLock } from "./lock.ts";
import { didYouMean } from "./names.ts";

type ConfigApp = Pick<App, "host" | "paths" | "distros">;

/** A setting, its value, and where that is from. */
export interface SettingReport {
  readonly key: string;
  /** Null when it is not set and has no default. */
  readonly value: SettingValue | null;
  readonly from: "default" | "file" | "environment";
  /** The environment variable it is from. */
  readonly variable?: string;
  readonly describe: string;
}

/** Every setting there is, and every mirror that is set. */
export async function listSettings(app: ConfigApp): Promise<SettingReport[]> {
  const { configFile } = app.paths;
  const file = await readConfigFile(configFile);
  const found = findMirrors(file.mirror, app.host.env, app.distros);
  const mirrors = found.map(({ distro, ...value }): SettingReport => {
    const describe = `base URL instead of the one of ${distro}`;
    return { key: `${MIRROR}.${distro}`, ...value, describe };
  });
  const settings = SETTINGS.map((setting): SettingReport => {
    const { key, describe, unset } = setting;
    const found = findValue(setting, file, app.host.env);
    return { key, ...(found ?? { value: unset, from: "default" }), describe };
  });
  return [...mirrors, ...settings];
}

/**
 * One setting; its value is null when it is not set.
 * @throws CubicError "usage" when there is no such setting, "distro-not-found"
 */
export async function getSetting(app: ConfigApp, key: string): Promise<SettingReport> {
  const settings = await listSettings(app);
  const found = settings.find((setting) => setting.key === key);
  if (found) return found;
  const target = findTarget(app, key);
  return settings.find((setting) => setting.key === target.key) ??
    { key: target.key, value: null, from: "default", describe: "" };
}

/** What came of a change. */
export interface SettingChange {
  /** The key as it is written in the file: aliases of distros are resolved. */
  readonly key: string;
  /** Undefined when it was removed. */
  readonly value: SettingValue | undefined;
  /** False when the file said so before. */
  readonly changed: boolean;
  /** The environment variable that wins over the file at this moment. */
  readonly overriddenBy?: string;
}

/**
 * Writes a setting to config.toml.
 * @throws CubicError "usage" when there is no such setting, "invalid-value", "distro-not-found", "file-not-found",
 * "config-broken", "locked"
 */
export async function setSetting(
  app: ConfigApp,
  key: string,
  text: string,
  signal: AbortSignal,
): Promise<SettingChange> {
  const target = findTarget(app, key);
  const value = target.parse(text);
  await target.setting?.check?.(value);
  return await change(app, target, value, signal);
}

/**
 * Removes a setting from config.toml; one that is not there is fine.
 * @throws CubicError as {@linkcode setSetting} does
 */
export async function unsetSetting(
  app: ConfigApp,
  key: string,
  signal: AbortSignal,
): Promise<SettingChange> {
  const { mirror } = await readConfigFile(app.paths.configFile);
  // Also of a distribution that is gone.
  const known = Object.keys(mirror).find((distro) => `${MIRROR}.${distro}` === key);
  const target = known === undefined ? findTarget(app, key) : mirrorTarget(known);
  return await change(app, target, undefined, signal);
}

/** What a key stands for. */
interface Target {
  readonly key: string;
  /** Where it is in the file. */
  readonly path: readonly [string, ...string[]];
  readonly parse: (text: string) => SettingValue;
  /** The environment variable that wins over the file. */
  readonly variable: string;
  readonly setting?: Setting;
}

function findTarget({ distros }: Pick<App, "distros">, key: string): Target {
  const setting = SETTINGS.find((setting) => setting.key === key);
  if (setting) {
    const parse = (text: string): SettingValue => parseSetting(setting, text, Deno.cwd());
    return { key, path: [key], parse, variable: setting.env, setting };
  }
  const [family, ...rest] = key.split(".");
  const name = rest.join(".");
  if (family === MIRROR && name !== "") return mirrorTarget(distroName(distros, name));
  throw unknownKey(key);
}

function mirrorTarget(distro: string): Target {
  return {
    key: `${MIRROR}.${distro}`,
    path: [MIRROR, distro],
    parse: (text) => parseMirror(text),
    variable: mirrorVariable(distro),
  };
}

/** The name of a distro by its name or an alias. */
function distroName(distros: App["distros"], wanted: string): string {
  const found = distros.find(({ name, aliases = [] }) => [name, ...aliases].includes(wanted));
  if (found) return found.name;
  const near = didYouMean(wanted, distros.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
  throw new CubicError("distro-not-found", `Cannot find a distribution called "${wanted}"`, {
    hint: [near, `There are: ${distros.map(({ name }) => name).join(", ")}.`]
      .filter(Boolean).join(" "),
  });
}

function unknownKey(key: string): CubicError {
  const keys = SETTINGS.map((setting) => setting.key);
  const [family = "", ...rest] = key.split(".");
  // Of a word before a dot only the mirrors can have been meant.
  const near = rest.length === 0
    ? didYouMean(key, [...keys, MIRROR])
    : didYouMean(family, [MIRROR])?.replace(MIRROR, [MIRROR, ...rest].join("."));
  return new CubicError("usage", `Cannot find a setting called "${key}"`, {
    hint: [near, `There are: ${MIRROR}.<distro>, ${keys.join(", ")}.`].filter(Boolean).join(" "),
  });
}

/** Milliseconds to wait for another cubic that is writing the file. */
const PATIENCE = 5000;

async function change(
  app: ConfigApp,
  { key, path, variable }: Target,
  value: SettingValue | undefined,
  signal: AbortSignal,
): Promise<SettingChange> {
  const subject = "config.toml";
  const options = { signal, waitMs: PATIENCE, purpose: "config", subject };
  await using _ = await acquireLock(app.paths, "config", options);
  const file = await targetOfLinks(app.paths.configFile);
  const before = await readTextIfThere(file) ?? "";
  // A broken file is nothing to build on.
  await parseConfig(before, app.paths.configFile);
  const after = editToml(before, path, value);
  if (after !== before) {
    await ensureDir(dirname(file));
    await writeAtomic(file, after, { mode: 0o600 });
  }
  const overridden = app.host.env(variable) !== undefined;
  return {
    key,
    value,
    changed: after !== before,
    ...(overridden && { overriddenBy: variable }),
  };
}

/** People link their settings from elsewhere; the link is theirs to keep. */
async function targetOfLinks(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
}
