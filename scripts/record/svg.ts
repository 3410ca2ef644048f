/** Draws a recording: one picture without scripts, whose parts are shown and hidden by CSS. Pure. */
import { cssColor, THEME } from "./colors.ts";
import type { Run, Screen } from "./screens.ts";
import { type Sight, sightsOf, type Span } from "./spans.ts";

/** Of a letter, in pixels: most fonts of one width are 0.6 of their size wide. */
const LETTER = { size: 14, width: 8.4, height: 18, base: 13.5 } as const;
const MARGIN = 16;
/** With the three dots of a window. */
const BAR = 36;
/** The last screen stays, before all begins again. */
const HOLD_SECONDS = 4;
const FONTS =
  "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/** The picture, for a terminal of that many columns and rows. */
export function drawScreens(
  screens: readonly Screen[],
  size: { readonly width: number; readonly height: number },
): string {
  const total = (screens.at(-1)?.time ?? 0) + HOLD_SECONDS;
  const groups = [
    ...Map.groupBy(
      sightsOf(screens, total),
      (sight) => `${sight.start} ${sight.end} ${"cursor" in sight}`,
    )
      .values(),
  ];
  const width = round(size.width * LETTER.width + 2 * MARGIN);
  const height = round(size.height * LETTER.height + MARGIN + BAR);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    "<title>cubic in a terminal</title>",
    `<style>${
      [...styles(total), ...groups.map((group, at) => timing(group, at, total))].join("\n")
    }</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${THEME.window}"/>`,
    ...["#f2777a", "#f0c674", "#8fcf7f"].map((fill, at) =>
      `<circle cx="${MARGIN + 4 + 18 * at}" cy="17" r="5" fill="${fill}"/>`
    ),
    ...groups.map((group, at) => `<g class="f" id="f${at}">${group.map(drawSight).join("")}</g>`),
    "</svg>\n",
  ].join("\n");
}

function styles(total: number): string[] {
  return [
    `text{font:${LETTER.size}px ${FONTS};fill:${THEME.letters};white-space:pre}`,
    ".b{font-weight:bold}.d{opacity:.6}",
    `.f{visibility:hidden;animation:${seconds(total)}s step-end infinite}`,
    // A still picture, for who wants or can show no other: the last screen.
    "@media (prefers-reduced-motion:reduce){.f{animation:none}}",
  ];
}

/** When a group is seen. */
function timing([sight]: readonly Span[], at: number, total: number): string {
  const { start, end } = sight ?? { start: 0, end: 0 };
  const percent = (time: number): string => `${round(time / total * 100)}%`;
  const last = end === total;
  const steps = [
    ...start > 0 ? ["0%{visibility:hidden}"] : [],
    `${percent(start)}{visibility:visible}`,
    ...last
      ? ["100%{visibility:visible}"]
      : [`${percent(end)}{visibility:hidden}`, "100%{visibility:hidden}"],
  ];
  return `#f${at}{animation-name:k${at}${last ? ";visibility:visible" : ""}}` +
    `@keyframes k${at}{${steps.join("")}}`;
}

function drawSight(sight: Sight): string {
  return "cursor" in sight
    ? block(sight.cursor, 1, sight.row, THEME.cursor)
    : sight.runs.map((run) => drawRun(run, sight.row)).join("");
}

function drawRun({ column, width, text, look }: Run, row: number): string {
  const letters = cssColor(look.foreground, THEME.letters);
  const behind = cssColor(look.background, THEME.window);
  const [fill, ground] = look.inverse ? [behind, letters] : [letters, behind];
  const classes = [...look.bold ? ["b"] : [], ...look.dim ? ["d"] : []];
  return [
    ground === THEME.window ? "" : block(column, width, row, ground),
    `<text x="${left(column)}" y="${round(top(row) + LETTER.base)}"`,
    // Whatever the font, columns stay where they are.
    ` textLength="${round(width * LETTER.width)}"`,
    classes.length === 0 ? "" : ` class="${classes.join(" ")}"`,
    // A property of the style sheet would win over an attribute.
    fill === THEME.letters ? "" : ` style="fill:${fill}"`,
    `>${escaped(text)}</text>`,
  ].join("");
}

function block(column: number, width: number, row: number, fill: string): string {
  return `<rect x="${left(column)}" y="${top(row)}" width="${round(width * LETTER.width)}" ` +
    `height="${LETTER.height}" fill="${fill}"/>`;
}

function left(column: number): number {
  return round(MARGIN + column * LETTER.width);
}

function top(row: number): number {
  return BAR + row * LETTER.height;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function seconds(value: number): string {
  return value.toFixed(2);
}

/** As the content of an element: https://www.w3.org/TR/xml/#syntax. Control characters have no place in XML. */
function escaped(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is left out
  return text.replace(/[\x00-\x1f\x7f]/g, "")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
