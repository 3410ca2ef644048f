/** Options that several commands share, and the parsers of their values. */
import { Option } from "@commander-js/extra-typings";
import { CubicError } from "../core/errors.ts";

/** `--json` for commands that report. */
export function jsonOption(): Option<"--json"> {
  return new Option("--json", "print the result as JSON");
}

/** `--accel` for commands that may start an instance. */
export function acceleratorOption(): Option<
  "--accel <mode>",
  undefined,
  "auto",
  undefined,
  false,
  "auto" | "on" | "off"
> {
  return new Option(
    "--accel <mode>",
    "hardware acceleration: auto falls back to emulation, on demands it, off forbids it",
  ).choices(["auto", "on", "off"] as const).default("auto" as const);
}

/** `--yes` for commands that ask. */
export function yesOption(): Option<"-y, --yes"> {
  return new Option("-y, --yes", "do not ask");
}

/** `--sha256` for commands that take an image. */
export function sha256Option(): Option<"--sha256 <digest>"> {
  return new Option("--sha256 <digest>", "SHA-256 the image file must have; needed for a URL");
}

/** `--require-signature` for commands that take an image. */
export function requireSignatureOption(): Option<"--require-signature"> {
  return new Option("--require-signature", "take only an image that its vendor has signed");
}

/** Reads a whole number from 1 up for an option. */
export function countValue(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 1_000_000) return value;
  throw new CubicError("invalid-value", `Cannot use "${text}" as a count`, {
    hint: "Write a whole number from 1 up.",
  });
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** Longer timers than this end at once. */
const MAX_DURATION = 24 * 3_600_000;

/** Reads a duration such as 90, 90s, 5m or 1h for an option; milliseconds. */
export function durationValue(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const value = Number(match?.[1]) * (DURATION_UNITS[match?.[2] ?? "s"] ?? NaN);
  if (value >= 0 && value <= MAX_DURATION) return value;
  throw new CubicError("invalid-value", `Cannot read "${text}" as a duration`, {
    hint: "Write seconds, or a number with s, m or h: 90, 5m, 1h; 24h at most.",
  });
}

const LIFETIME_UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
};
/** Ten years: who wants more wants for ever. */
const MAX_LIFETIME = 3653 * 24 * 3_600_000;

/** Reads how long something is to live, as in 30m, 12h, 7d, 2w or 1d12h; milliseconds. */
export function lifetimeValue(text: string): number {
  const parts = /^(\d+[mhdw])+$/.test(text) ? text.match(/\d+[mhdw]/g) ?? [] : [];
  const value = parts.reduce(
    (sum, part) => sum + Number(part.slice(0, -1)) * (LIFETIME_UNITS[part.slice(-1)] ?? NaN),
    0,
  );
  if (value > 0 && value <= MAX_LIFETIME) return value;
  throw new CubicError("invalid-value", `Cannot read "${text}" as a lifetime`, {
    hint: "Write a number with m, h, d or w: 30m, 12h, 7d, 2w; ten years at most.",
  });
}

/** Collects an option that may be given several times. */
export function collect<Value>(
  parse: (text: string) => Value,
): (text: string, before: Value[] | undefined) => Value[] {
  return (text, before) => [...before ?? [], parse(text)];
}

/** The same for an option whose value stands for several. */
export function collectAll<Value>(
  parse: (text: string) => readonly Value[],
): (text: string, before: Value[] | undefined) => Value[] {
  return (text, before) => [...before ?? [], ...parse(text)];
}
