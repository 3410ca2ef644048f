/** The settings there are. A new one is an entry of SETTINGS and a field of SettingFields. */
import { resolve } from "node:path";
import { CubicError } from "./errors.ts";
import { trustingClient } from "./http.ts";
import { userName } from "./names.ts";
import { parseSize } from "./size.ts";

/** A value as it stands in config.toml. */
export type SettingValue = string | number | boolean;

/** The settings with one value, as the program sees them. */
export interface SettingFields {
  /** `ca-file`: a PEM file with certificate authorities that are trusted beside the usual ones. */
  readonly caFile?: string;
  /** `require-signature`: images whose vendor signs nothing are refused; false when left out. */
  readonly requireSignature?: boolean;
  /** `image`: what instances are made of when nobody names an image. */
  readonly image?: string;
  /** `user`: the user of new instances. */
  readonly user?: string;
  /** `cpus`: processors of new instances. */
  readonly cpus?: number;
  /** `memory`: memory of new instances in bytes. */
  readonly memory?: number;
  /** `disk`: the size of new disks in bytes. */
  readonly disk?: number;
}

/** A setting that has one value; the mirrors are a table of their own. */
export interface Setting {
  /** As people write it, also in config.toml. */
  readonly key: string;
  readonly field: keyof SettingFields;
  /** The environment variable that wins over the file. */
  readonly env: string;
  /** A variable of other programs that counts when neither the file nor `env` says anything. */
  readonly fallbackEnv?: string;
  readonly describe: string;
  /** What counts when it is not set; null for nothing. */
  readonly unset: SettingValue | null;
  /** How it is written in config.toml. */
  readonly type: "string" | "number" | "boolean";
  /** What may be written, for the hint. */
  readonly allowed: string;
  /** The value that a text means; undefined when it means none. Paths are relative to the directory. */
  readonly parse: (text: string, directory: string) => SettingValue | undefined;
  /** The program's view of a value, where that is another one: bytes for `4G`. */
  readonly read?: (value: SettingValue) => SettingValue;
  /** Checks before it is written what would otherwise only be noticed when it is used. */
  readonly check?: (value: SettingValue) => Promise<unknown>;
}

/** What the sizes have in common: they stay as they were written, and are bytes to the program. */
const sizeSetting = {
  type: "string",
  allowed: "a size, as in 512M or 4G",
  parse: (text: string) => orUndefined(() => parseSize(text) > 0 ? text.trim() : undefined),
  read: (value: SettingValue) => parseSize(String(value)),
} as const;

/** Every setting with one value, in the order people see them. */
export const SETTINGS: readonly Setting[] = [
  {
    key: "image",
    field: "image",
    env: "CUBIC_IMAGE",
    describe: "what instances are made of when no --image is given",
    unset: null,
    type: "string",
    allowed: "an image, as in debian, ubuntu:24.04, https://… or the path of a file",
    parse: imageText,
  },
  {
    key: "user",
    field: "user",
    env: "CUBIC_USER",
    describe: "user in new instances",
    unset: null,
    type: "string",
    allowed: "a user name of lower-case letters, digits, _ and -",
    parse: (text) => orUndefined(() => userName(text)),
  },
  {
    key: "cpus",
    field: "cpus",
    env: "CUBIC_CPUS",
    describe: "processors of new instances",
    unset: null,
    type: "number",
    allowed: "a whole number from 1 up",
    parse: (text) => /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined,
  },
  {
    key: "memory",
    field: "memory",
    env: "CUBIC_MEMORY",
    describe: "memory of new instances",
    unset: null,
    ...sizeSetting,
  },
  {
    key: "disk",
    field: "disk",
    env: "CUBIC_DISK",
    describe: "size of new disks; they take only what is written",
    unset: "100G",
    ...sizeSetting,
  },
  {
    key: "ca-file",
    field: "caFile",
    env: "CUBIC_CA_FILE",
    fallbackEnv: "SSL_CERT_FILE",
    describe: "PEM file with more certificate authorities to trust",
    unset: null,
    type: "string",
    allowed: "the path of a file",
    parse: (text, directory) => text === "" ? undefined : resolve(directory, text),
    check: (path) => trustingClient(String(path)).then((client) => client.close()),
  },
  {
    key: "require-signature",
    field: "requireSignature",
    env: "CUBIC_REQUIRE_SIGNATURE",
    describe: "refuse images whose vendor signs nothing",
    unset: false,
    type: "boolean",
    allowed: "true or false",
    parse: (text) => ({ true: true, false: false })[text],
  },
];

/** The path of a file is told from a name and a URL by its slash; it is relative to the directory. */
function imageText(text: string, directory: string): string | undefined {
  if (text.trim() === "") return undefined;
  return text.includes("/") && !text.includes("://") ? resolve(directory, text) : text;
}

/** What a parser that throws makes of a text, or undefined. */
function orUndefined<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

/**
 * The value that a text means for a setting.
 * @throws CubicError "invalid-value" that tells what is allowed.
 */
export function parseSetting(setting: Setting, text: string, directory: string): SettingValue {
  const value = setting.parse(text, directory);
  if (value !== undefined) return value;
  throw new CubicError("invalid-value", `Cannot use "${text}" for ${setting.key}`, {
    hint: `It takes ${setting.allowed}.`,
  });
}
