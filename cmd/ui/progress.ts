/** What long work looks like: a live line for each transfer or step, plain lines elsewhere. Pure. */
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
  const width = lineWidth(columns);
  return activity.kind === "bytes"
    ? renderTransfers([activity], columns).join("")
    : renderStep(activity, now, width);
}

/** The live lines of transfers that run at the same time: the same facts at the same places in each. */
export function renderTransfers(
  transfers: readonly BytesActivity[],
  columns: number,
): string[] {
  const width = lineWidth(columns);
  const layout = commonLayout(transfers, width);
  return transfers.map((transfer) => clip(renderBytes(transfer, layout, width), width));
}

/** One column stays free: some terminals wrap already when the last one is written. */
function lineWidth(columns: number): number {
  return (columns > 0 ? columns : USUAL_COLUMNS) - 1;
}

function renderStep(step: StepActivity, now: number, width: number): string {
  const frame = FRAMES[Math.floor(now / 100) % FRAMES.length];
  const text = `${frame} ${printableLine(step.text)}`;
  const took = now - step.since;
  if (took < 1000) return clip(text, width);
  const elapsed = `  ${formatDuration(took)}`;
  return clip(clip(text, Math.max(SHORTEST_LABEL, width - elapsed.length)) + elapsed, width);
}

/** How the width of a line is shared out. */
interface Layout {
  /** Columns of the label. */
  readonly label: number;
  /** How many facts fit, the most important first. */
  readonly facts: number;
  /** Columns of the bar; 0 for none. */
  readonly bar: number;
}

/** The richest form that fits: first the bar goes, then time left, rate and amounts; the percentage stays. */
function layoutOf(activity: BytesActivity, width: number): Layout {
  const label = textWidth(printableLine(activity.label));
  const wanted = Math.min(GOOD_LABEL, label);
  const room = (facts: number): number => width - textWidth(renderFacts(activity, facts));
  const facts = [4, 3, 2, 1].find((count) => wanted <= room(count)) ?? 1;
  const spare = room(facts) - wanted - "  []".length;
  const hasBar = fractionOf(activity) !== undefined && facts === 4 && spare >= SHORTEST_BAR;
  const bar = hasBar ? Math.min(spare, LONGEST_BAR) : 0;
  const beside = bar === 0 ? 0 : bar + "  []".length;
  return { label: Math.min(label, Math.max(SHORTEST_LABEL, room(facts) - beside)), facts, bar };
}

/** What all of them have room for; only one with a known total has a bar to make room for. */
function commonLayout(transfers: readonly BytesActivity[], width: number): Layout {
  const layouts = transfers.map((transfer) => layoutOf(transfer, width));
  const barred = layouts.filter((_, index) => fractionOf(transfers[index]!) !== undefined);
  return {
    label: Math.max(...layouts.map(({ label }) => label)),
    facts: Math.min(...layouts.map(({ facts }) => facts)),
    bar: barred.length === 0 ? 0 : Math.min(...barred.map(({ bar }) => bar)),
  };
}

function renderBytes(activity: BytesActivity, layout: Layout, width: number): string {
  const fraction = fractionOf(activity);
  const facts = renderFacts(activity, layout.facts);
  const bar = layout.bar > 0 && fraction !== undefined
    ? `  ${renderBar(fraction, layout.bar)}`
    : "";
  const room = Math.max(SHORTEST_LABEL, width - textWidth(bar + facts));
  const label = clip(printableLine(activity.label), Math.min(layout.label, room));
  const padding = " ".repeat(Math.max(0, Math.min(layout.label, room) - textWidth(label)));
  return label + padding + bar + facts;
}

/** Share, amounts, rate and time left, as far as they are known; the first few of them. */
function renderFacts(activity: BytesActivity, count: number): string {
  const { done, total, rate } = activity;
  const fraction = fractionOf(activity);
  const facts = [
    fraction === undefined ? undefined : percent(fraction),
    total === undefined ? formatSize(done) : `${formatSize(done)} of ${formatSize(total)}`,
    rate > 0 ? formatRate(rate) : undefined,
    timeLeft(done, total, rate),
  ];
  return `  ${joinKnown(facts.slice(0, count))}`;
}

function fractionOf({ done, total }: BytesActivity): number | undefined {
  return total === undefined || total === 0 ? undefined : Math.min(1, done / total);
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

/** What is smaller is there before a line about it could be read. */
const WORTH_LINES = 8 * 1024 * 1024;

/**
 * The plain line for a transfer that passed another tenth, or undefined when it did not; nothing of a transfer of less
 * than 8 MiB.
 */
export function plainBytesLine(
  label: string,
  before: number,
  done: number,
  total: number | undefined,
): string | undefined {
  if (total === undefined || total < WORTH_LINES) return undefined;
  const tenth = (bytes: number): number => Math.min(10, Math.floor(bytes * 10 / total));
  if (tenth(done) <= tenth(before)) return undefined;
  return `${printableLine(label)}: ${tenth(done) * 10} % of ${formatSize(total)}`;
}
