/** What is made of the time in a recording, so that nobody has to wait. Pure. */
import type { CastEvent } from "./cast.ts";

/** The pictures a second that are worth keeping. */
const RATE = 12;

/**
 * One part after the other, each by its own clock from 0 to its last event. What comes after `limit` seconds of a part
 * comes at once: nothing that was printed is lost.
 */
export function joinParts(
  parts: readonly (readonly CastEvent[])[],
  limit: number,
): readonly CastEvent[] {
  let start = 0;
  return parts.flatMap((part) => {
    const played = part.map(({ time, text }) => ({ time: start + Math.min(time, limit), text }));
    start = played.at(-1)?.time ?? start;
    return played;
  });
}

/** What is printed within one picture as one event, at the time of the last. */
export function mergeEvents(events: readonly CastEvent[]): readonly CastEvent[] {
  const merged: CastEvent[] = [];
  let slot = -1;
  for (const { time, text } of events) {
    const before = merged.at(-1);
    const current = Math.floor(time * RATE);
    if (before !== undefined && current === slot) {
      merged[merged.length - 1] = { time, text: before.text + text };
    } else {
      merged.push({ time, text });
    }
    slot = current;
  }
  return merged;
}
