/** The mirrors among the settings: base URLs that replace those of distributions. */
import { CubicError } from "./errors.ts";

/** The table of mirrors in config.toml, and what its keys begin with: `mirror.debian`. */
export const MIRROR = "mirror";

/** The environment variable that wins over the mirror of a distribution: `CUBIC_MIRROR_DEBIAN`. */
export function mirrorVariable(distro: string): string {
  return `CUBIC_MIRROR_${distro.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

/** A mirror that is set, and where it is from. */
export interface FoundMirror {
  readonly distro: string;
  readonly value: string;
  readonly from: "file" | "environment";
  /** The environment variable it is from. */
  readonly variable?: string;
}

/**
 * The mirrors in the file, and those that the environment names for these distributions.
 * @throws CubicError "invalid-value" naming the environment variable.
 */
export function findMirrors(
  inFile: Readonly<Record<string, string>>,
  env: (name: string) => string | undefined,
  distros: readonly { readonly name: string }[],
): FoundMirror[] {
  const names = new Set([...Object.keys(inFile), ...distros.map(({ name }) => name)]);
  return [...names].flatMap((distro): FoundMirror[] => {
    const variable = mirrorVariable(distro);
    const text = env(variable);
    if (text !== undefined) {
      return [{ distro, value: parseMirror(text, variable), from: "environment", variable }];
    }
    const value = inFile[distro];
    return value === undefined ? [] : [{ distro, value, from: "file" }];
  });
}

/**
 * The base URL that a text means for a mirror, without slashes at its end; `place` is where it is to be used.
 * @throws CubicError "invalid-value"
 */
export function parseMirror(text: string, place = "a mirror"): string {
  const url = URL.parse(text);
  const plain = url && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && !/[?#\s]/.test(text);
  // The schema `http:host` would be read as a URL too.
  if (plain && /^https?:\/\//i.test(text)) return text.replace(/\/+$/, "");
  throw new CubicError("invalid-value", `Cannot use "${withoutPassword(text)}" as ${place}`, {
    hint: "It takes an https or http URL without a user, a password, a query or a fragment.",
  });
}

/** What is shown ends in logs. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//…@");
}
