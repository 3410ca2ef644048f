/**
 * The lines at the end of the screen that are drawn again and again while work goes on: one for each transfer, or
 * one for a step. Pure: what is under way in, text and cursor movements out.
 */
import { type BytesActivity, measure, renderActivity, renderTransfers } from "./progress.ts";
import type { Activity, StepActivity } from "./progress.ts";
import { clip } from "./text.ts";

/** What is under way. */
export interface Live {
  readonly step: StepActivity | undefined;
  /** In the order in which they began; those that are complete stay until all are. */
  readonly transfers: readonly BytesActivity[];
}

/** How large the terminal is, in characters; 0 when it does not tell. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Nothing is under way. */
export const IDLE: Live = { step: undefined, transfers: [] };

/** A terminal that does not tell its height gets the classic one. */
const USUAL_ROWS = 24;
const USUAL_COLUMNS = 80;

/** True when there is nothing to draw. */
export function isIdle({ step, transfers }: Live): boolean {
  return step === undefined && transfers.length === 0;
}

/** A step began. It takes the place of what was there, but leaves several transfers that go on alone. */
export function withStep(live: Live, text: string, now: number): Live {
  const step: StepActivity = live.step?.text === text
    ? live.step
    : { kind: "step", text, since: now };
  const goOn = live.transfers.length > 1 && !live.transfers.every(isComplete);
  return { step, transfers: goOn ? live.transfers : [] };
}

/** Bytes moved. The first transfer takes the place of a step, and of transfers that are all complete. */
export function withBytes(
  live: Live,
  { label, done, total }: Pick<BytesActivity, "label" | "done" | "total">,
  now: number,
): Live {
  const index = live.transfers.findIndex((transfer) => transfer.label === label);
  const before = live.transfers[index];
  const { rate, measured } = before ?? { rate: 0, measured: { done, at: now } };
  const transfer: BytesActivity = { kind: "bytes", label, done, total, rate, measured };
  if (before) return { ...live, transfers: live.transfers.with(index, transfer) };
  if (live.transfers.every(isComplete)) return { step: undefined, transfers: [transfer] };
  return { ...live, transfers: [...live.transfers, transfer] };
}

/** A transfer is over. */
export function withoutTransfer(live: Live, label: string): Live {
  return { ...live, transfers: live.transfers.filter((transfer) => transfer.label !== label) };
}

function isComplete({ done, total }: BytesActivity): boolean {
  return total !== undefined && done >= total;
}

/** With every rate measured again. */
export function measureAll(live: Live, now: number): Live {
  return {
    ...live,
    transfers: live.transfers.map((transfer) => measure(transfer, now) as BytesActivity),
  };
}

/** The lines at a moment, none as wide as the terminal, and fewer than it is high. */
export function renderLive(live: Live, now: number, { columns, rows }: ScreenSize): string[] {
  const [only, ...others] = activitiesOf(live);
  if (only !== undefined && others.length === 0) return [renderActivity(only, now, columns)];
  const room = Math.max(1, (rows > 0 ? rows : USUAL_ROWS) - 1);
  const step = live.step === undefined ? [] : [renderActivity(live.step, now, columns)];
  const most = Math.max(0, room - step.length);
  const shown = chooseShown(live.transfers, most);
  const hidden = live.transfers.length - shown.length;
  const more = hidden > 0 && most > 0 ? [moreLine(hidden, columns)] : [];
  return [...renderTransfers(shown.map(atRest), columns), ...more, ...step];
}

function activitiesOf({ step, transfers }: Live): Activity[] {
  return step === undefined ? [...transfers] : [...transfers, step];
}

/** Those that go on before those that are complete, in their old order; a line is kept to count the rest. */
function chooseShown(transfers: readonly BytesActivity[], most: number): BytesActivity[] {
  if (transfers.length <= most) return [...transfers];
  const byNeed = [...transfers.filter((t) => !isComplete(t)), ...transfers.filter(isComplete)];
  const chosen = new Set(byNeed.slice(0, Math.max(0, most - 1)));
  return transfers.filter((transfer) => chosen.has(transfer));
}

/** One that is complete has no rate. */
function atRest(transfer: BytesActivity): BytesActivity {
  return isComplete(transfer) ? { ...transfer, rate: 0 } : transfer;
}

function moreLine(count: number, columns: number): string {
  return clip(`… and ${count} more`, (columns > 0 ? columns : USUAL_COLUMNS) - 1);
}

/**
 * Takes the live lines away: the cursor stands where they begin. Not from the first column: tmux keeps what is cleared
 * from the very first cell on in its history.
 */
export const ERASE = "\r \x1b[J\r\x1b[K";

/**
 * What draws lines and leaves the cursor where they begin. There it stays however the terminal folds the lines of a
 * window that became narrower, so that nothing has to be counted to find it again. Folding is off meanwhile: the
 * window may be narrower than we were told yet.
 */
export function drawLines(lines: readonly string[]): string {
  const up = lines.length > 1 ? `\x1b[${lines.length - 1}A` : "";
  return `\x1b[?7l${lines.join("\r\n")}\x1b[?7h${up}\r`;
}
