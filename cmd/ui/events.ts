/** Events as people read them. Pure. */
import type { InstanceEvent } from "../../core/instances/events.ts";
import { printableLine } from "./text.ts";

/** One line: when, whom, what, and what is known beside it. */
export function renderEvent(
  { time, event, name, from, pid, accelerator, reason }: InstanceEvent,
): string {
  const facts = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(accelerator === undefined ? [] : [accelerator]),
    ...(reason === undefined ? [] : [reason]),
  ];
  const more = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  return printableLine(`${time} ${name} ${event}${more}`);
}
