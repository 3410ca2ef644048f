/** Sizes as people write them: `512M`, `4G`, `1.5G`; binary units, as QEMU counts. */
import { CubicError } from "./errors.ts";

const UNITS = ["B", "K", "M", "G", "T"] as const;

/**
 * Bytes for a size such as `10G`, `512M`, `2GiB` or `1.5g`. The unit is required, because a bare
 * number means bytes to one tool and megabytes to the next.
 * @throws CubicError "invalid-value"
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([BKMGT])(?:i?B)?$/i.exec(text.trim());
  const unit = UNITS.indexOf(match?.[2]?.toUpperCase() as typeof UNITS[number]);
  const bytes = match ? Math.round(Number(match[1]) * 1024 ** unit) : NaN;
  if (!Number.isSafeInteger(bytes)) {
    throw new CubicError("invalid-value", `Cannot read "${text}" as a size`, {
      hint: "Write a number and a unit: 512M, 4G, 1T.",
    });
  }
  return bytes;
}

/** A size for people, three digits at most: `0 B`, `512 M`, `1.5 G`, `100 G`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.6 K would be written with four digits.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}
