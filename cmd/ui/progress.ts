/** What long work looks like: one live line on a terminal, plain lines elsewhere. Pure. */
import { formatSize } from "../../core/size.ts";
import { clip, formatDuration, formatRate, printableLine, textWidth } from "./text.ts";

/** What is under way. */
export type Activity = StepActivity | BytesActivity;

/** A step of unknown length. */
export interface StepActivity {
  readonly kind: "step";
  readonly text: string;
  /** When it began, in milliseconds of the same clock that draws. */
  readonly since: number;
}

/** Bytes on their way. */
export interface BytesActivity {
  readonly kind: "bytes";
  readonly label: string;
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes a second, smoothed; 0 until it was measured. */
  readonly rate: number;
  /** What was done when the rate was last measured, and when that was. */
  readonly measured: { readonly done: number; readonly at: number };
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** A terminal that does not tell its width, or says 0, gets the classic one. */
const USUAL_COLUMNS = 80;
const LONGEST_BAR = 24;
const SHORTEST_BAR = 6;
/** As much of a label is worth more than the facts beside it. */
const GOOD_LABEL = 20;
const SHORTEST_LABEL = 8;
/** Shorter looks are noise. */
const MEASURE_MS = 90;
/** Nobody waits that long; the rate is that of a standstill. */
const LONGEST_LEFT_MS = 100 * 3_600_000;

/** The live line at a moment, narrower than the terminal so that it never wraps. */
export function renderActivity(activity: Activity, now: number, columns: number): string {
  const width = (columns > 0 ? columns : USUAL_COLUMNS) - 1;
  if (activity.kind === "bytes") return clip(renderBytes(activity, width), width);
  const frame = FRAMES[Math.floor(now / 100) % FRAMES.length];
  const text = `${frame} ${printableLine(activity.text)}`;
  const took = now - activity.since;
  if (took < 1000) return clip(text, width);
  const elapsed = `  ${formatDuration(took)}`;
  return clip(clip(text, Math.max(SHORTEST_LABEL, width - elapsed.length)) + elapsed, width);
}

/** The richest form that fits: first the bar goes, then time left, rate and amounts; the percentage stays. */
function renderBytes(activity: BytesActivity, width: number): string {
  const { done, total, rate } = activity;
  const fraction = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  const facts = [
    fraction === undefined ? undefined : percent(fraction),
    total === undefined ? formatSize(done) : `${formatSize(done)} of ${formatSize(total)}`,
    rate > 0 ? formatRate(rate) : undefined,
    timeLeft(done, total, rate),
  ];
  const forms = [4, 3, 2, 1].map((count) => `  ${joinKnown(facts.slice(0, count))}`);
  const label = printableLine(activity.label);
  const labelWidth = Math.min(GOOD_LABEL, textWidth(label));
  const fitting = forms.find((form) => labelWidth + textWidth(form) <= width);
  const form = fitting ?? forms.at(-1) ?? "";
  const room = width - labelWidth - textWidth(form) - "  []".length;
  const bar = fraction !== undefined && fitting === forms[0] && room >= SHORTEST_BAR
    ? `  ${renderBar(fraction, Math.min(room, LONGEST_BAR))}`
    : "";
  return clip(label, Math.max(SHORTEST_LABEL, width - textWidth(bar + form))) + bar + form;
}

function joinKnown(facts: readonly (string | undefined)[]): string {
  return facts.filter((fact) => fact !== undefined).join("  ");
}

function renderBar(fraction: number, length: number): string {
  const full = Math.floor(fraction * length);
  return `[${("=".repeat(full) + (full < length ? ">" : "")).padEnd(length)}]`;
}

/** Rounded down, so that 100 % is said only of what is complete. */
function percent(fraction: number): string {
  return `${Math.floor(fraction * 100)} %`.padStart(5);
}

function timeLeft(done: number, total: number | undefined, rate: number): string | undefined {
  if (total === undefined || rate <= 0 || done >= total) return undefined;
  const ms = (total - done) / rate * 1000;
  return ms < LONGEST_LEFT_MS ? `${formatDuration(ms)} left` : undefined;
}

/** The activity with its rate measured again, if that was long enough ago; so a standstill shows as one. */
export function measure(activity: Activity, now: number): Activity {
  if (activity.kind !== "bytes") return activity;
  const { done, rate, measured } = activity;
  const ms = now - measured.at;
  if (ms < MEASURE_MS) return activity;
  const bytes = Math.max(0, done - measured.done);
  return { ...activity, rate: smoothRate(rate, bytes, ms), measured: { done, at: now } };
}

/** The rate after another measurement: an average that forgets within about three seconds. */
export function smoothRate(rate: number, bytes: number, ms: number): number {
  if (ms <= 0) return rate;
  const current = bytes / ms * 1000;
  const weight = 1 - Math.exp(-ms / 3000);
  return rate === 0 ? current : rate + (current - rate) * weight;
}

/** The plain line for a transfer that passed another tenth, or undefined when it did not. */
export function plainBytesLine(
  label: string,
  before: number,
  done: number,
  total: number | undefined,
): string | undefined {
  if (total === undefined || total === 0) return undefined;
  const tenth = (bytes: number): number => Math.min(10, Math.floor(bytes * 10 / total));
  if (tenth(done) <= tenth(before)) return undefined;
  return `${printableLine(label)}: ${tenth(done) * 10} % of ${formatSize(total)}`;
}
