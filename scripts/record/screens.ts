/** What a terminal shows while a recording is played. */
import headless from "@xterm/headless";
import type { Cast } from "./cast.ts";

/** Letters that look alike. */
export interface Run {
  /** Column of its first letter. */
  readonly column: number;
  /** Columns it takes. */
  readonly width: number;
  readonly text: string;
  readonly look: Look;
}

/** A color: of the palette of 256, or 0xRRGGBB; the terminal's own when undefined. */
export type Color = { readonly palette: number } | { readonly rgb: number } | undefined;

/** How letters look. */
export interface Look {
  readonly foreground: Color;
  readonly background: Color;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
}

/** The rows of the screen from the top, at a time in seconds. */
export interface Screen {
  readonly time: number;
  readonly rows: readonly (readonly Run[])[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** Plays the recording in a terminal: a screen after each event. */
export async function readScreens({ width, height, events }: Cast): Promise<readonly Screen[]> {
  const terminal = new headless.Terminal({
    ...{ cols: width, rows: height, scrollback: 0 },
    allowProposedApi: true,
  });
  const screens: Screen[] = [];
  for (const { time, text } of events) {
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    screens.push({ time, ...lookAt(terminal) });
  }
  terminal.dispose();
  return screens;
}

function lookAt(terminal: headless.Terminal): Omit<Screen, "time"> {
  const { active } = terminal.buffer;
  const rows = Array.from({ length: terminal.rows }, (_, row) => {
    const line = active.getLine(active.viewportY + row);
    return line === undefined ? [] : readRuns(line);
  });
  return { rows, cursor: { row: active.cursorY, column: active.cursorX } };
}

/** The letters of a line; words far from each other stand alone, so that columns stay columns in any font. */
function readRuns(line: headless.IBufferLine): readonly Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    // The second half of a wide letter.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const next = {
      column,
      width: cell.getWidth(),
      text: cell.getChars() || " ",
      look: lookOf(cell),
    };
    const before = runs.at(-1);
    if (before !== undefined && JSON.stringify(before.look) === JSON.stringify(next.look)) {
      runs[runs.length - 1] = {
        ...before,
        width: before.width + next.width,
        text: before.text + next.text,
      };
    } else runs.push(next);
  }
  return runs.flatMap(splitAtGaps);
}

function splitAtGaps(run: Run): readonly Run[] {
  // Where letters are of two widths, counting them does not tell their columns.
  if (run.width !== run.text.length) return [run];
  if (run.look.inverse || run.look.background !== undefined) return [run];
  return [...run.text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    ...run,
    column: run.column + match.index,
    width: match[0].length,
    text: match[0],
  }));
}

function lookOf(cell: headless.IBufferCell): Look {
  return {
    foreground: colorOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colorOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

function colorOf(isDefault: boolean, isRgb: boolean, value: number): Color {
  if (isDefault) return undefined;
  return isRgb ? { rgb: value } : { palette: value };
}
