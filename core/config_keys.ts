/** The settings there are. A new one is an entry of SETTINGS and a field of SettingFields. */
import { resolve } from "node:path";
import { CubicError } from "./errors.ts";
import { trustingClient } from "./http.ts";

/** A value as it stands in config.toml. */
export type SettingValue = string | boolean;

/** The settings with one value, as the program sees them. */
export interface SettingFields {
  /** `ca-file`: a PEM file with certificate authorities that are trusted beside the usual ones. */
  readonly caFile?: string;
  /** `require-signature`: images whose vendor signs nothing are refused; false when left out. */
  readonly requireSignature?: boolean;
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
  readonly type: "string" | "boolean";
  /** What may be written, for the hint. */
  readonly allowed: string;
  /** The value that a text means; undefined when it means none. Paths are relative to the directory. */
  readonly parse: (text: string, directory: string) => SettingValue | undefined;
  /** Checks before it is written what would otherwise only be noticed when it is used. */
  readonly check?: (value: SettingValue) => Promise<unknown>;
}

/** Every setting with one value, in the order people see them. */
export const SETTINGS: readonly Setting[] = [
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

/** The table of mirrors in config.toml, and what its keys begin with: `mirror.debian`. */
export const MIRROR = "mirror";

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

/**
 * The base URL that a text means for a mirror, without slashes at its end.
 * @throws CubicError "invalid-value"
 */
export function parseMirror(text: string): string {
  const url = URL.parse(text);
  const plain = url && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && !/[?#\s]/.test(text);
  // The schema `http:host` would be read as a URL too.
  if (plain && /^https?:\/\//i.test(text)) return text.replace(/\/+$/, "");
  throw new CubicError("invalid-value", `Cannot use "${withoutPassword(text)}" as a mirror`, {
    hint: "It takes an https or http URL without a user, a password, a query or a fragment.",
  });
}

/** What is shown ends in logs. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//…@");
}
