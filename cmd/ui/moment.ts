/** Points in time for people. Pure but for the time zone, which is the user's. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago in one unit: `40 s`, `5 min`, `3 h`, `12 days`. A clock that was set back makes nothing negative. */
export function formatAge(ms: number): string {
  const age = Math.max(0, ms);
  if (age < MINUTE) return `${Math.floor(age / 1000)} s`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)} h`;
  return `${Math.floor(age / DAY)} days`;
}

/** A point in time in the user's time zone, to the minute: `2026-11-22 17:04`. As it is when it can't be read. */
export function formatMoment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Both: `2026-11-22 17:04 (3 h ago)`. */
export function formatSince(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  return `${formatMoment(iso)} (${ms < 1000 ? "just now" : `${formatAge(ms)} ago`})`;
}
