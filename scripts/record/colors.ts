/** The colors of a terminal in a picture. Pure. */
import type { Color } from "./screens.ts";

/** Of the window, its letters and its cursor. */
export const THEME = { window: "#16181d", letters: "#d6d9e0", cursor: "#5b6270" } as const;

/** The sixteen of SGR 30 to 37 and 90 to 97 (ECMA-48 and its usual extension), to be read on a dark window. */
const SIXTEEN = [
  ...["#3b404c", "#f2777a", "#8fcf7f", "#f0c674", "#7aa6da", "#c397d8", "#70c0ba", "#d6d9e0"],
  ...["#6b7280", "#ff9a9d", "#a8e59a", "#ffdc8c", "#99c2f0", "#dab4ec", "#8fdbd5", "#ffffff"],
] as const;

/** The levels of the palette's cube of 6×6×6 colors, as xterm has them. */
const LEVELS = [0, 95, 135, 175, 215, 255] as const;

/** The color as SVG writes it; `own` stands for the terminal's own. */
export function cssColor(color: Color, own: string): string {
  if (color === undefined) return own;
  if ("rgb" in color) return hex(color.rgb);
  const { palette } = color;
  if (palette < 16) return SIXTEEN[palette] ?? own;
  if (palette >= 232) return hex((8 + 10 * (palette - 232)) * 0x010101);
  const level = (step: number): number => LEVELS[Math.floor((palette - 16) / step) % 6] ?? 0;
  return hex(level(36) * 0x10000 + level(6) * 0x100 + level(1));
}

function hex(rgb: number): string {
  return `#${rgb.toString(16).padStart(6, "0")}`;
}
