/** How much of how much is used. Pure. */
import { formatSize } from "../../core/size.ts";

const UNITS = ["B", "K", "M", "G", "T"];

/** Two sizes, in one unit unless the first is next to nothing in it: `0.3/20 G`, `19 M/20 G`. */
export function formatFraction(used: number | null | undefined, total: number): string {
  const whole = formatSize(total);
  if (used === null || used === undefined) return whole;
  const unit = UNITS.indexOf(whole.at(-1) ?? "B");
  const part = used / 1024 ** unit;
  if (part < 0.1) return `${formatSize(used)}/${whole}`;
  const digits = unit === 0 || part >= 99.95 || Number.isInteger(part) ? 0 : 1;
  return `${part.toFixed(digits)}/${whole}`;
}
